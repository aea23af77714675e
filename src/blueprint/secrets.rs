use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::units::{SecretReference, SsmParameter};

/// A secret, always by reference: its value is never in a blueprint or template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Secret {
    /// A secret of Secrets Manager, or one key of its JSON.
    SecretsManager {
        /// Name or ARN.
        secretsmanager: SecretReference,
        /// The key of a JSON secret.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// A parameter of Parameter Store.
    Ssm {
        /// Name or ARN.
        ssm: SsmParameter,
    },
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut secret = generator.subschema_for::<SecretReference>();
        secret.insert(
            "description".into(),
            "A secret of Secrets Manager, by name or ARN. `deploy.sh` finds the full ARN of a name.".into(),
        );
        let mut ssm = generator.subschema_for::<SsmParameter>();
        ssm.insert("description".into(), "A parameter of SSM Parameter Store, by name or ARN.".into());
        json_schema!({
            "description": "A secret, always by reference: one of `secretsmanager` (with an optional `key`) or `ssm`.",
            "oneOf": [
                {
                    "type": "object",
                    "properties": {
                        "secretsmanager": secret,
                        "key": {
                            "description": "The key of a secret that holds JSON, 1 to 256 characters without a colon.",
                            "type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[^:]*$",
                        },
                    },
                    "required": ["secretsmanager"],
                    "examples": [{"secretsmanager": "checkout/db"}],
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "properties": {"ssm": ssm},
                    "required": ["ssm"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

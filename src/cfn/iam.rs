use super::{Text, Value};

/// Who may assume a role or use a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Principal {
    /// A service, such as `ecs-tasks.amazonaws.com`.
    Service(&'static str),
    /// An account or role ARN.
    Aws(Value),
    /// Anyone.
    Everyone,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    sid: Text,
    reason: Text,
    effect: &'static str,
    principal: Option<Principal>,
    actions: Vec<Text>,
    resources: Vec<Value>,
    conditions: Vec<(&'static str, Text, Value)>,
}

impl Statement {
    /// A statement that allows. The sid says what for, in letters and digits; the reason says in a sentence why it is there
    /// and who would fail without it.
    pub fn allow(sid: impl Into<Text>, reason: impl Into<Text>) -> Self {
        Self::new(sid.into(), reason.into(), "Allow")
    }

    /// A statement that denies, and why.
    pub fn deny(sid: impl Into<Text>, reason: impl Into<Text>) -> Self {
        Self::new(sid.into(), reason.into(), "Deny")
    }

    fn new(sid: Text, reason: Text, effect: &'static str) -> Self {
        Self { sid, reason, effect, principal: None, actions: vec![], resources: vec![], conditions: vec![] }
    }

    /// Who, in a trust or resource policy.
    #[must_use]
    pub fn by(mut self, principal: Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// What.
    #[must_use]
    pub fn actions<A: Into<Text>>(mut self, actions: impl IntoIterator<Item = A>) -> Self {
        self.actions.extend(actions.into_iter().map(Into::into));
        self
    }

    /// On what. Saying it twice says it once.
    #[must_use]
    pub fn on(mut self, resource: impl Into<Value>) -> Self {
        let resource = resource.into();
        if !self.resources.contains(&resource) {
            self.resources.push(resource);
        }
        self
    }

    /// On everything, because AWS offers nothing narrower; the reason is written beside the asterisk.
    #[must_use]
    pub fn on_everything(mut self, reason: impl Into<Text>) -> Self {
        self.resources.push(Value::from("*").noted(reason));
        self
    }

    /// Whether it says on what: a statement that does not grants nothing and is left out.
    pub fn has_resources(&self) -> bool {
        !self.resources.is_empty()
    }

    /// Only when, such as `("StringEquals", "iam:PassedToService", …)`.
    #[must_use]
    pub fn when(mut self, operator: &'static str, key: impl Into<Text>, value: impl Into<Value>) -> Self {
        self.conditions.push((operator, key.into(), value.into()));
        self
    }

    fn into_value(self) -> Value {
        let mut pairs: Vec<(Text, Value)> = vec![
            ("Sid".into(), Value::from(self.sid).reasoned(self.reason)),
            ("Effect".into(), self.effect.into()),
        ];
        match self.principal {
            Some(Principal::Service(service)) => {
                pairs.push(("Principal".into(), Value::map([("Service", service.into())])))
            }
            Some(Principal::Aws(arn)) => pairs.push(("Principal".into(), Value::map([("AWS", arn)]))),
            Some(Principal::Everyone) => pairs.push(("Principal".into(), "*".into())),
            None => {}
        }
        let actions = match <[Text; 1]>::try_from(self.actions) {
            Ok([action]) => action.into(),
            Err(actions) => Value::list(actions),
        };
        pairs.push(("Action".into(), actions));
        match <[Value; 1]>::try_from(self.resources) {
            Ok([resource]) => pairs.push(("Resource".into(), resource)),
            Err(resources) if resources.is_empty() => {}
            Err(resources) => pairs.push(("Resource".into(), Value::List(resources))),
        }
        if !self.conditions.is_empty() {
            let mut operators: Vec<(Text, Value)> = Vec::new();
            for (operator, key, value) in self.conditions {
                match operators.iter_mut().find(|(known, _)| known == operator) {
                    Some((_, Value::Map(keys))) => keys.push((key, value)),
                    _ => operators.push((operator.into(), Value::Map(vec![(key, value)]))),
                }
            }
            pairs.push(("Condition".into(), Value::Map(operators)));
        }
        Value::Map(pairs)
    }
}

/// A policy document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PolicyDocument {
    statements: Vec<Statement>,
}

impl PolicyDocument {
    /// A document of these statements.
    pub fn of(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self { statements: statements.into_iter().collect() }
    }

    /// Lets one service assume a role, on behalf of this account's resources only (confused deputy: facts 9).
    pub fn trust(service: &'static str, source_arn: Option<Value>) -> Self {
        let reason = format!("{service} acts in this role, for resources of this account alone.");
        let mut statement = Statement::allow("AssumedByService", reason)
            .by(Principal::Service(service))
            .actions(["sts:AssumeRole"])
            .when("StringEquals", "aws:SourceAccount", super::pseudo::account());
        if let Some(arn) = source_arn {
            statement = statement.when("ArnLike", "aws:SourceArn", arn);
        }
        Self::of([statement])
    }

    /// Lets one service assume a role without a condition, where AWS documents none and it is not known whether the service
    /// would meet one. Only somebody of this account can hand the role to the service.
    pub fn plain_trust(service: &'static str) -> Self {
        let reason = format!("{service} acts in this role; only this account can hand it over.");
        Self::of([Statement::allow("AssumedByService", reason)
            .by(Principal::Service(service))
            .actions(["sts:AssumeRole"])])
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
}

impl From<PolicyDocument> for Value {
    fn from(document: PolicyDocument) -> Self {
        Value::map([
            // Quoted by the writer: bare, YAML 1.1 reads a date.
            ("Version", Value::from("2012-10-17")),
            ("Statement", Value::List(document.statements.into_iter().map(Statement::into_value).collect())),
        ])
    }
}

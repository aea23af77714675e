use ipnet::Ipv4Net;

use super::{Canvas, names::Names};
use crate::{
    blueprint::{Endpoint, Nat, PRIVATE_SUBNET_BITS},
    cfn::{
        Call, Eip, Handle, InternetGateway, NatGateway, Resource, Route, RouteTable, SecurityGroup, Shared,
        Subnet, SubnetRouteTableAssociation, TemplateKey, Value, Vpc, VpcEndpoint, VpcGatewayAttachment,
    },
    resolve::Resolved,
};

/// What other stacks need of the network.
#[derive(Debug, Clone)]
pub struct NetworkParts {
    /// The VPC's id.
    pub vpc: Shared,
    /// Subnets of load balancers that the internet reaches.
    pub public: SubnetList,
    /// Subnets of tasks.
    pub private: SubnetList,
    /// The VPC's addresses, where they are known.
    pub cidr: Option<Ipv4Net>,
    /// Public addresses that traffic from private subnets comes from.
    pub nat_addresses: Vec<Shared>,
    /// The stack, where there is one.
    pub stack: Option<String>,
}

/// Subnets as a list here, and as text of an export elsewhere.
#[derive(Debug, Clone)]
pub struct SubnetList {
    home: Option<TemplateKey>,
    items: Vec<Value>,
    joined: Shared,
}

impl SubnetList {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The list as text, which other stacks import.
    pub fn joined(&self) -> &Shared {
        &self.joined
    }

    /// The list as written in the template of this key.
    pub fn within(&self, key: TemplateKey) -> Value {
        match self.home {
            Some(home) if home != key => {
                Value::Call(Box::new(Call::Split(",".into(), self.joined.within(key))))
            }
            _ => Value::List(self.items.clone()),
        }
    }
}

/// The zone letters of logical ids.
const ZONES: [&str; 4] = ["A", "B", "C", "D"];

/// Draws the network, or takes the one that is imported.
pub(super) fn network(canvas: &mut Canvas, resolved: &Resolved) -> NetworkParts {
    let network = &resolved.network;
    if let Some(import) = &network.import {
        let fixed = |ids: &[String]| SubnetList {
            home: None,
            items: ids.iter().map(Value::from).collect(),
            joined: Shared::fixed(""),
        };
        return NetworkParts {
            vpc: Shared::fixed(import.vpc.clone()),
            public: fixed(&import.public),
            private: fixed(&import.private),
            cidr: import.cidr.map(|cidr| cidr.net()),
            nat_addresses: Vec::new(),
            stack: None,
        };
    }
    let names = Names::new(resolved);
    let base = names.base();
    let stack = names.network_stack();
    let tag =
        |name: String| Value::List(vec![Value::map([("Key", Value::from("Name")), ("Value", name.into())])]);
    let template = &mut canvas.template;
    let block = network.cidr.net();
    let zones = usize::from(network.zones);

    let vpc = template.add(
        "Vpc",
        Vpc::new()
            .cidr_block(block.to_string())
            .enable_dns_hostnames(true)
            .enable_dns_support(true)
            .tags(tag(base.clone())),
    );
    let gateway = template.add("InternetGateway", InternetGateway::new().tags(tag(base.clone())));
    let attachment = template.add(
        "InternetGatewayAttachment",
        VpcGatewayAttachment::new().vpc_id(vpc.reference()).internet_gateway_id(gateway.reference()),
    );
    let public_routes = template.add(
        "PublicRouteTable",
        RouteTable::new().vpc_id(vpc.reference()).tags(tag(format!("{base}-public"))),
    );
    template.add(
        "PublicInternetRoute",
        Route::new()
            .route_table_id(public_routes.reference())
            .destination_cidr_block("0.0.0.0/0")
            .gateway_id(gateway.reference())
            .after(attachment.id()),
    );

    let (private_blocks, public_blocks) = subnet_blocks(block, zones);
    let mut public: Vec<Handle<Subnet>> = Vec::new();
    let mut private: Vec<Handle<Subnet>> = Vec::new();
    for (zone, (private_block, public_block)) in private_blocks.iter().zip(&public_blocks).enumerate() {
        let letter = ZONES[zone];
        let mut subnet = |kind: &str, block: &Ipv4Net| {
            template.add(
                format!("{kind}Subnet{letter}"),
                Subnet::new()
                    .vpc_id(vpc.reference())
                    .availability_zone(Value::Call(Box::new(Call::Select(
                        u32::try_from(zone).expect("at most four zones"),
                        Value::Call(Box::new(Call::GetAzs)),
                    ))))
                    .cidr_block(block.to_string())
                    .map_public_ip_on_launch(false)
                    .tags(tag(format!("{base}-{}-{}", kind.to_lowercase(), letter.to_lowercase()))),
            )
        };
        public.push(subnet("Public", public_block));
        private.push(subnet("Private", private_block));
        template.add(
            format!("PublicSubnet{letter}Routes"),
            SubnetRouteTableAssociation::new()
                .subnet_id(public[zone].reference())
                .route_table_id(public_routes.reference()),
        );
    }

    // Private subnets share a route table unless each has a NAT gateway of its own.
    let tables = if network.nat == Nat::PerZone { zones } else { 1 };
    let mut nat_addresses = Vec::new();
    let mut private_routes = Vec::new();
    for (table, subnet) in public.iter().enumerate().take(tables) {
        let letter = if tables == 1 { "" } else { ZONES[table] };
        let routes = template.add(
            format!("PrivateRouteTable{letter}"),
            RouteTable::new().vpc_id(vpc.reference()).tags(tag(format!(
                "{base}-private{}",
                if letter.is_empty() { String::new() } else { format!("-{}", letter.to_lowercase()) }
            ))),
        );
        if network.nat != Nat::None {
            let address = template.add(
                format!("NatAddress{letter}"),
                Eip::new().domain("vpc").tags(tag(format!("{base}-nat"))).after(attachment.id()),
            );
            let nat = template.add(
                format!("NatGateway{letter}"),
                NatGateway::new()
                    .subnet_id(subnet.reference())
                    .allocation_id(address.attribute(Eip::ALLOCATION_ID))
                    .tags(tag(format!("{base}-nat"))),
            );
            template.add(
                format!("PrivateInternetRoute{letter}"),
                Route::new()
                    .route_table_id(routes.reference())
                    .destination_cidr_block("0.0.0.0/0")
                    .nat_gateway_id(nat.reference()),
            );
            let name = format!("NatAddress{letter}");
            let export = names.export(&stack, &name);
            nat_addresses.push(template.share(
                name,
                "A public address that tasks reach the internet from",
                export,
                address.reference(),
            ));
        }
        private_routes.push(routes);
    }
    for (zone, subnet) in private.iter().enumerate() {
        template.add(
            format!("PrivateSubnet{}Routes", ZONES[zone]),
            SubnetRouteTableAssociation::new()
                .subnet_id(subnet.reference())
                .route_table_id(private_routes[zone.min(tables - 1)].reference()),
        );
    }

    let private_ids: Vec<Value> = private.iter().map(Handle::reference).collect();
    endpoints(canvas, resolved, &vpc, &private_ids, private_routes.iter().map(Handle::reference).collect());

    let template = &mut canvas.template;
    let mut list = |name: &'static str, description: &'static str, items: Vec<Value>| {
        let joined = Value::Call(Box::new(Call::Join(",".into(), items.clone())));
        let export = names.export(&stack, name);
        let joined = template.share(name, description, export, joined);
        SubnetList { home: Some(template.key()), items, joined }
    };
    let public = list(
        "PublicSubnetIds",
        "Subnets of load balancers that the internet reaches",
        public.iter().map(Handle::reference).collect(),
    );
    let private = list("PrivateSubnetIds", "Subnets of tasks", private_ids);
    let export = names.export(&stack, "VpcId");
    let vpc = canvas.template.share("VpcId", "The VPC", export, vpc.reference());
    NetworkParts { vpc, public, private, cidr: Some(block), nat_addresses, stack: Some(stack) }
}

/// Private subnets are an eighth of the VPC each, in its first half; public ones a thirty-second, in its second half.
/// Tasks need the addresses, twice as many while blue and green overlap.
pub(crate) fn subnet_blocks(block: Ipv4Net, zones: usize) -> (Vec<Ipv4Net>, Vec<Ipv4Net>) {
    let split = |bits: u8, skip: usize| {
        let blocks = block.subnets(block.prefix_len() + bits).expect("the VPC is at least a /22");
        blocks.skip(skip).take(zones).collect()
    };
    (split(PRIVATE_SUBNET_BITS, 0), split(5, 16))
}

fn endpoints(
    canvas: &mut Canvas,
    resolved: &Resolved,
    vpc: &Handle<Vpc>,
    subnets: &[Value],
    routes: Vec<Value>,
) {
    let network = &resolved.network;
    let block = network.cidr.net().to_string();
    let template = &mut canvas.template;
    let interfaces: Vec<(&str, &str)> = network
        .endpoints
        .iter()
        .flat_map(|endpoint| match endpoint {
            Endpoint::Ecr => vec![("EcrApi", "ecr.api"), ("EcrDkr", "ecr.dkr")],
            Endpoint::S3 => vec![],
            Endpoint::Logs => vec![("Logs", "logs")],
            Endpoint::Secretsmanager => vec![("SecretsManager", "secretsmanager")],
            Endpoint::Ssm => vec![("Ssm", "ssm")],
            Endpoint::Ssmmessages => vec![("SsmMessages", "ssmmessages")],
            Endpoint::Kms => vec![("Kms", "kms")],
            Endpoint::Sts => vec![("Sts", "sts")],
        })
        .collect();
    if network.endpoints.contains(&Endpoint::S3) {
        template.add(
            "S3Endpoint",
            VpcEndpoint::new()
                .vpc_id(vpc.reference())
                .service_name(Value::sub("com.amazonaws.${AWS::Region}.s3", []))
                .vpc_endpoint_type("Gateway")
                .route_table_ids(routes),
        );
    }
    if interfaces.is_empty() {
        return;
    }
    let group = template.add(
        "EndpointSecurityGroup",
        SecurityGroup::new()
            .group_description("HTTPS from the VPC to interface endpoints")
            .vpc_id(vpc.reference())
            .security_group_ingress(Value::List(vec![Value::map([
                ("Description", Value::from("HTTPS from the VPC")),
                ("IpProtocol", "tcp".into()),
                ("FromPort", 443.into()),
                ("ToPort", 443.into()),
                ("CidrIp", block.into()),
            ])])),
    );
    for (id, service) in interfaces {
        template.add(
            format!("{id}Endpoint"),
            VpcEndpoint::new()
                .vpc_id(vpc.reference())
                .service_name(Value::sub(
                    "com.amazonaws.${AWS::Region}.${service}",
                    [("service", service.into())],
                ))
                .vpc_endpoint_type("Interface")
                .private_dns_enabled(true)
                .subnet_ids(subnets.to_vec())
                .security_group_ids(Value::List(vec![group.attribute(SecurityGroup::GROUP_ID)])),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_fill_the_vpc_without_overlap() {
        for (block, zones) in [("10.0.0.0/16", 4), ("10.20.0.0/22", 4), ("10.0.0.0/18", 2)] {
            let block: Ipv4Net = block.parse().unwrap();
            let (private, public) = subnet_blocks(block, zones);
            let all: Vec<_> = private.iter().chain(&public).collect();
            assert_eq!(all.len(), 2 * zones);
            for (at, one) in all.iter().enumerate() {
                assert!(block.contains(*one));
                assert!(all[at + 1..].iter().all(|other| !one.contains(*other) && !other.contains(*one)));
            }
        }
    }
}

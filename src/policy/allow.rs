use super::levels;
use crate::{
    blueprint::{Allow, units::Day},
    diagnostic::{Aim, Finding, Fix, Step, Suppression, Trail, codes},
    resolve::{Blueprint, Resolved, locate},
    source::Span,
};

/// What blueprints allow, with what of it is used: one for a run over several environments.
#[derive(Debug, Default)]
pub struct Allowances {
    today: Option<Day>,
    /// The keys of allowances that something was found for.
    used: Vec<Option<Span>>,
    /// What is to be said of those for which nothing was, yet.
    unused: Vec<Finding>,
}

impl Allowances {
    /// Allowances as of a day. Without one none is over.
    pub fn new(today: Option<Day>) -> Self {
        Self { today, ..Self::default() }
    }

    /// Marks what the blueprint allows in an environment, and adds what is wrong with the allowances themselves.
    ///
    /// A service's own allowances go before those of the file. One that is over allows nothing.
    pub fn apply(&mut self, blueprint: &Blueprint, resolved: &Resolved, findings: &mut Vec<Finding>) {
        let mut wrong = Vec::new();
        for service in &resolved.services {
            let name = service.name.as_str();
            let trail = Resolved::trail(&service.name);
            self.layer(&service.service.allow, Some(name), &trail, blueprint, resolved, findings, &mut wrong);
        }
        self.layer(blueprint.allow(), None, &Trail::root(), blueprint, resolved, findings, &mut wrong);
        findings.append(&mut wrong);
    }

    /// Allowances for which nothing was found in any environment.
    pub fn unused(mut self) -> Vec<Finding> {
        self.unused.retain(|finding| !self.used.contains(&key(finding)));
        self.unused
    }

    #[expect(clippy::too_many_arguments, reason = "one call for each of the two layers")]
    fn layer(
        &mut self,
        allow: &Allow,
        service: Option<&str>,
        prefix: &Trail,
        blueprint: &Blueprint,
        resolved: &Resolved,
        findings: &mut [Finding],
        wrong: &mut Vec<Finding>,
    ) {
        let environment = resolved.place.name.as_str();
        let located = |mut finding: Finding| {
            finding.environment = Some(environment.to_owned());
            locate(&mut finding, prefix, blueprint.tree(), environment, None);
            finding
        };
        for (name, allowance) in allow {
            let trail = Trail::of(["allow", name.as_str()]);
            let code = match levels::code(name.as_str()) {
                Ok(code) if code.is_a_matter_of_judgement() => code,
                Ok(code) => {
                    wrong.push(located(
                        Finding::error(
                            codes::IMPOSSIBLE_ALLOWANCE,
                            format!("`allow.{name}`: {} cannot be allowed", code.name),
                        )
                        .at(trail, Aim::Key, "")
                        .note(levels::binding(&code))
                        .help("mend what it is about, and take this away"),
                    ));
                    continue;
                }
                Err(_) => {
                    let near = codes::near(name.as_str());
                    let finding = Finding::error(
                        codes::IMPOSSIBLE_ALLOWANCE,
                        format!("`allow.{name}`: there is no such code or name"),
                    )
                    .at(trail, Aim::Key, "");
                    let mut finding = located(finding);
                    match (near.first(), key(&finding)) {
                        (Some(near), Some(span)) => {
                            finding.fixes.push(Fix::likely(format!("did you mean `{near}`?"), span, *near));
                        }
                        _ => finding.help.push("`bluegreen rules` lists what there is".into()),
                    }
                    wrong.push(finding);
                    continue;
                }
            };
            if let (Some(today), Some(until)) = (self.today, allowance.until)
                && today > until
            {
                wrong.push(located(
                    Finding::warning(
                        codes::EXPIRED_ALLOWANCE,
                        format!("`allow.{name}` was for the time until {until}, which is over"),
                    )
                    .at(trail.key("until"), Aim::Value, "the last day")
                    .note(format!("today is {today}, and what was allowed is told again"))
                    .help("mend what was allowed, or decide anew until when it may be so"),
                ));
                continue;
            }
            let unused = located(
                Finding::warning(
                    codes::UNUSED_ALLOWANCE,
                    format!("`allow.{name}`: there is no finding to allow"),
                )
                .at(trail, Aim::Key, "")
                .help("take it away, so that it does not hide what may come"),
            );
            let place = key(&unused);
            let mut used = false;
            let fits = |finding: &&mut Finding| {
                finding.code == code
                    && finding.counts()
                    && service.is_none_or(|service| of_service(finding) == Some(service))
            };
            for finding in findings.iter_mut().filter(fits) {
                used = true;
                finding.suppression = Some(Suppression::Allowed {
                    reason: allowance.reason.clone(),
                    until: allowance.until.map(|until| until.to_string()),
                    place,
                });
            }
            if used {
                self.used.push(place);
            } else if !self.unused.iter().any(|known| key(known) == place) {
                self.unused.push(Finding { environment: None, ..unused });
            }
        }
    }
}

/// The service a finding is about.
fn of_service(finding: &Finding) -> Option<&str> {
    match finding.trail()?.steps() {
        [Step::Key(services), Step::Key(name), ..] if services == "services" => Some(name),
        _ => None,
    }
}

fn key(finding: &Finding) -> Option<Span> {
    finding.primary.as_ref()?.span
}

use serde::Serialize;

use crate::{
    blueprint::{
        Count, Protocol, RollbackEvent, Service,
        engines::{Abilities, Answer, Need, RedAlarm, StrategyKind, length},
    },
    resolve::{Resolved, ResolvedService},
    rules,
};

/// What two engines can do, weighed from the first to the second.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// What the first can do better.
    pub lost: Vec<Row>,
    /// What the second can do better.
    pub gained: Vec<Row>,
    /// What is another, neither better nor worse.
    pub differs: Vec<Row>,
}

/// An ability in which two engines differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its stable name.
    pub key: String,
    /// What it is, whoever has it.
    pub what: String,
    /// What each engine says of it.
    pub says: [String; 2],
    /// Whether the blueprint has to do with it.
    pub is_asked: bool,
}

/// Something that is asked of both engines.
struct Question<'q> {
    key: String,
    what: String,
    is_asked: bool,
    says: &'q dyn Fn(&Abilities) -> String,
    /// The more the better; nothing where neither is better.
    worth: Option<&'q dyn Fn(&Abilities) -> u64>,
}

/// The engines as they are asked one question after the other.
struct Scales<'s> {
    engines: [&'s Abilities; 2],
    balance: Balance,
}

impl Scales<'_> {
    fn ask(&mut self, question: &Question<'_>) {
        let says = self.engines.map(|engine| (question.says)(engine));
        if says[0] == says[1] {
            return;
        }
        let row =
            Row { key: question.key.clone(), what: question.what.clone(), says, is_asked: question.is_asked };
        let order = question.worth.map(|worth| worth(self.engines[0]).cmp(&worth(self.engines[1])));
        match order {
            Some(std::cmp::Ordering::Greater) => self.balance.lost.push(row),
            Some(std::cmp::Ordering::Less) => self.balance.gained.push(row),
            _ => self.balance.differs.push(row),
        }
    }

    /// A question that is answered by yes, which is better, or no.
    fn whether(&mut self, key: String, what: String, is_asked: bool, can: &dyn Fn(&Abilities) -> bool) {
        self.ask(&Question {
            key,
            what,
            is_asked,
            says: &|engine| if can(engine) { "yes" } else { "no" }.into(),
            worth: Some(&|engine| can(engine).into()),
        });
    }

    /// A question for a number of minutes or of things, of which more is better and none the best: no limit.
    fn most(
        &mut self,
        key: &str,
        what: &str,
        is_asked: bool,
        most: &dyn Fn(&Abilities) -> Option<u32>,
        written: fn(u32) -> String,
    ) {
        self.ask(&Question {
            key: key.into(),
            what: what.into(),
            is_asked,
            says: &|engine| most(engine).map_or_else(|| "no limit".into(), written),
            worth: Some(&|engine| most(engine).map_or(u64::MAX, u64::from)),
        });
    }

    /// A question whose answers are words.
    fn how(&mut self, key: &str, what: &str, is_asked: bool, says: &dyn Fn(&Abilities) -> String) {
        self.ask(&Question { key: key.into(), what: what.into(), is_asked, says, worth: None });
    }
}

/// Weighs two engines for a service.
pub(super) fn of(resolved: &Resolved, service: &ResolvedService, engines: [&Abilities; 2]) -> Balance {
    let mut scales = Scales { engines, balance: Balance::default() };
    strategies(&mut scales, &service.service);
    hooks(&mut scales, &service.service);
    limits(&mut scales, service);
    going_back(&mut scales, &service.service);
    tasks(&mut scales, &service.service);
    needs(&mut scales, resolved, service);
    words(&mut scales, service);
    let Scales { mut balance, .. } = scales;
    // What the blueprint has to do with comes first.
    for rows in [&mut balance.lost, &mut balance.gained, &mut balance.differs] {
        rows.sort_by_key(|row| !row.is_asked);
    }
    balance
}

fn strategies(scales: &mut Scales<'_>, service: &Service) {
    use StrategyKind::{AllAtOnce, Canary, Linear, Rolling};
    let asked = service.deploy.strategy.kind();
    for kind in [AllAtOnce, Canary, Linear, Rolling] {
        let word = kind.word();
        scales.whether(format!("strategy.{word}"), format!("strategy `{word}`"), kind == asked, &|engine| {
            engine.offer(kind).is_some()
        });
        if scales.engines.iter().any(|engine| engine.offer(kind).is_none()) {
            continue;
        }
        let percent = |engine: &Abilities| engine.offer(kind).and_then(|offer| offer.percent);
        let wait = |engine: &Abilities| engine.offer(kind).and_then(|offer| offer.wait);
        scales.ask(&Question {
            key: format!("strategy.{word}.percent"),
            what: format!("`percent` of `{word}`"),
            is_asked: kind == asked,
            says: &|engine| percent(engine).map_or_else(String::new, |it| it.words()),
            worth: Some(&|engine| percent(engine).map_or(0, |it| it.choices().into())),
        });
        scales.ask(&Question {
            key: format!("strategy.{word}.wait"),
            what: format!("longest `wait` of `{word}`"),
            is_asked: kind == asked,
            says: &|engine| wait(engine).map_or_else(String::new, |it| length(it.most)),
            worth: Some(&|engine| wait(engine).map_or(0, |it| it.most.into())),
        });
    }
}

fn hooks(scales: &mut Scales<'_>, service: &Service) {
    let own = &service.deploy.hooks;
    let known = [
        ("before_install", own.before_install.is_some()),
        ("after_install", own.after_install.is_some()),
        ("before_traffic", own.before_traffic.is_some()),
        ("after_traffic", own.after_traffic.is_some()),
    ];
    for (key, is_asked) in known {
        scales.whether(format!("hooks.{key}"), format!("a function at `hooks.{key}`"), is_asked, &|engine| {
            engine.event(key).is_some()
        });
        scales.whether(
            format!("hooks.{key}.each_step"),
            format!("`hooks.{key}` at every step of a canary or linear shift"),
            is_asked,
            &|engine| engine.event(key).is_some_and(|hook| hook.each_step),
        );
    }
    scales.whether(
        "checks".into(),
        "checks of the new version before production traffic moves".into(),
        service.deploy.test_traffic.is_some(),
        &|engine| engine.event("checks").is_some(),
    );
}

fn limits(scales: &mut Scales<'_>, service: &ResolvedService) {
    let deploy = &service.service.deploy;
    let two = deploy.strategy.kind().has_two_versions();
    scales.most("keep_old", "longest `keep_old`", two, &|engine| Some(engine.keep_old.most), length);
    let approve = deploy.approve.is_some();
    scales.ask(&Question {
        key: "approve".into(),
        what: "longest hold for a person".into(),
        is_asked: approve,
        says: &|engine| engine.hold.map_or_else(|| "none".into(), |hold| length(hold.most)),
        worth: Some(&|engine| engine.hold.map_or(0, |hold| hold.most.into())),
    });
    let alarms = deploy.rollback.on.contains(&RollbackEvent::Alarm);
    let number = |engine: &Abilities| engine.alarms.and_then(|most| u32::try_from(most).ok());
    scales.most("alarms", "alarms that are watched, at most", alarms, &number, |most| most.to_string());
    scales.most(
        "hook_minutes",
        "longest wait for a function",
        true,
        &|engine| Some(engine.hook_minutes),
        length,
    );
    scales.most("planned", "waits of a release together, at most", true, &|engine| engine.planned, length);
    scales.most("update", "a release altogether, at most", true, &|engine| engine.update, length);
}

fn going_back(scales: &mut Scales<'_>, service: &Service) {
    let on = &service.deploy.rollback.on;
    for event in [RollbackEvent::Failure, RollbackEvent::Alarm, RollbackEvent::Stop] {
        scales.whether(
            format!("rollback.{}", event.word()),
            format!("`rollback.on` may leave out `{}`", event.word()),
            !on.contains(&event),
            &|engine| engine.answer(event) == Answer::Chosen,
        );
    }
    scales.ask(&Question {
        key: "red_alarm".into(),
        what: "an alarm that is red when a deployment starts".into(),
        is_asked: on.contains(&RollbackEvent::Alarm),
        says: &|engine| engine.red_alarm.words().into(),
        worth: Some(&|engine| (engine.red_alarm == RedAlarm::Stops).into()),
    });
    let at_once = service.deploy.strategy.kind() == StrategyKind::AllAtOnce;
    scales.whether(
        "health_first".into(),
        "`all_at_once` waits until the load balancer finds the new tasks healthy".into(),
        at_once,
        &|engine| engine.health_first,
    );
}

fn tasks(scales: &mut Scales<'_>, service: &Service) {
    scales.whether("pins_digests".into(), "tags of images are pinned to digests".into(), true, &|engine| {
        engine.pins_digests
    });
    scales.whether(
        "discovery_changes".into(),
        "`discovery` can change later".into(),
        service.discovery.is_some(),
        &|engine| engine.discovery_changes,
    );
    for (protocol, word) in [(Protocol::Http1, "http1"), (Protocol::Http2, "http2"), (Protocol::Grpc, "grpc")]
    {
        scales.whether(
            format!("protocol.{word}"),
            format!("protocol `{word}`"),
            service.http.as_ref().is_some_and(|http| http.protocol == protocol),
            &|engine| engine.protocols.contains(&protocol),
        );
    }
}

/// What not every engine has, whatever its numbers, and where.
fn needs(scales: &mut Scales<'_>, resolved: &Resolved, service: &ResolvedService) {
    let asked = rules::needs(resolved, service);
    // How long an engine holds says already whether it does.
    for need in Need::ALL.into_iter().filter(|need| *need != Need::Approve) {
        let word = serde_json::json!(need);
        scales.whether(
            format!("lacks.{}", word.as_str().unwrap_or_default()),
            need.written().to_owned(),
            asked.contains(&need),
            &|engine| engine.lack(need).is_none(),
        );
    }
    let region = resolved.place.environment.region.as_str();
    let written = |engine: &Abilities| match engine.not_in {
        [] => "all".to_owned(),
        regions => format!("all but {}", regions.join(", ")),
    };
    let is_asked = scales.engines.iter().any(|engine| engine.not_in.contains(&region));
    scales.ask(&Question {
        key: "not_in".into(),
        what: "regions".into(),
        is_asked,
        says: &written,
        worth: Some(&|engine| u64::MAX - engine.not_in.len() as u64),
    });
}

/// What is another without being better.
fn words(scales: &mut Scales<'_>, service: &ResolvedService) {
    let deploy = &service.service.deploy;
    let two = deploy.strategy.kind().has_two_versions();
    scales.how("release", "a release", true, &|engine| engine.release.into());
    scales.how("controller", "deployment controller", true, &|engine| engine.controller.into());
    scales.how("routes", "what moves", two, &|engine| engine.routes.words().into());
    scales.how("colors", "a color", two, &|engine| engine.colors.words().into());
    scales.how("revision", "who names the running revision", true, &|engine| engine.revision.words().into());
    scales.how("start", "new tasks are steady within", true, &|engine| length(engine.start / 60));
    scales
        .how("held_by", "what holds for a person", deploy.approve.is_some(), &|engine| engine.held_by.into());
    scales.how(
        "without_answer",
        "checks that end without an answer",
        deploy.test_traffic.is_some(),
        &|engine| engine.without_answer.into(),
    );
    scales.how("keeps_old", "the old version meanwhile", two, &|engine| engine.keeps_old.into());
    scales.how("goes_back", "how it goes back", true, &|engine| engine.goes_back.into());
    scales.how("reaction", "from an alarm until traffic is back", two, &|engine| {
        let basis = if engine.reaction_measured { "measured" } else { "assumed" };
        format!("{}, {basis}", rules::length(engine.reaction))
    });
    scales.whether(
        "announces_itself".into(),
        "the engine itself tells of releases".into(),
        true,
        &|engine| engine.announces_itself,
    );
    scales.how(
        "scaling",
        "scaling during a release",
        matches!(service.service.count, Count::Scaled(_)),
        &|engine| engine.scaling.into(),
    );
    scales.how("pipeline", "the pipeline's action", service.pipeline.is_some(), &|engine| {
        let ways: Vec<String> = engine
            .pipeline
            .iter()
            .map(|action| format!("{}, at most {}", action.provider, length(action.minutes)))
            .collect();
        if ways.is_empty() { "none".into() } else { ways.join(", or ") }
    });
}

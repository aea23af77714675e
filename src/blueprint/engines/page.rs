//! What engines can do, in words: the rows that the command `engines` prints and `docs/engines.md` is made of.

use std::fmt::Write as _;

use super::{ALL, Abilities, Answer, Bounds, Need, Offer, length};
use crate::blueprint::{Protocol, RollbackEvent};

/// What is asked of an engine, and what it answers.
type Row = (&'static str, fn(&Abilities) -> String);

const ROWS: &[Row] = &[
    ("strategies", strategies),
    ("without a load balancer", |engine| match engine.needs_load_balancer() {
        Some(_) => "no".into(),
        None => {
            let able = engine.strategies.iter().filter(|offer| !offer.strategy.moves_parts());
            let words: Vec<String> = able.map(|offer| format!("`{}`", offer.strategy.word())).collect();
            words.join(", ")
        }
    }),
    ("moves", |engine| engine.routes.words().into()),
    ("release", |engine| engine.release.into()),
    ("revision", |engine| engine.revision.words().into()),
    ("`keep_old`", |engine| format!("{}: {}", span(engine.keep_old), engine.keeps_old)),
    ("`approve`", |engine| match engine.hold {
        Some(hold) => format!("{}, by {}", span(hold), engine.held_by),
        None => "no".into(),
    }),
    ("`checks`", |engine| {
        let event = engine.event("checks").map_or("", |hook| hook.event);
        format!("by bluegreen's own function at `{event}`")
    }),
    ("`hooks`", hooks),
    ("`rollback.on`", rollback),
    ("going back", |engine| engine.goes_back.into()),
    ("alarms", |engine| match engine.alarms {
        Some(most) => format!("at most {most} stop a deployment"),
        None => "any number stop a deployment".into(),
    }),
    ("red alarm at the start", |engine| engine.red_alarm.words().into()),
    ("reaction to an alarm", |engine| {
        let basis = if engine.reaction_measured { "measured" } else { "assumed, for nobody published it" };
        format!("{}s, {basis}", engine.reaction)
    }),
    ("health before all at once", |engine| {
        if engine.health_first {
            "looked at by the engine"
        } else {
            "looked at by bluegreen's own function alone"
        }
        .into()
    }),
    ("time to start", |engine| length(engine.start / 60)),
    ("longest waits", |engine| match (engine.planned, engine.update) {
        (Some(planned), Some(update)) => format!(
            "{} by plan, {} with approval: CloudFormation waits for a release",
            length(planned),
            length(update)
        ),
        _ => "those of each wait".into(),
    }),
    ("tags of images", |engine| {
        if engine.pins_digests { "pinned to digests for a revision" } else { "not pinned to digests" }.into()
    }),
    ("news of releases", |engine| {
        if engine.announces_itself { "published by the engine" } else { "passed on by a rule of EventBridge" }
            .into()
    }),
    ("scaling", |engine| engine.scaling.into()),
    ("pipeline", |engine| {
        let ways: Vec<String> = engine
            .pipeline
            .iter()
            .map(|action| {
                let (with, minutes) = (action.with.word(), length(action.minutes));
                let what = if action.copies { " and takes the image alone" } else { "" };
                format!("`{with}`, by `{}`, which waits {minutes}{what}", action.provider)
            })
            .collect();
        if ways.is_empty() { "no".into() } else { ways.join("; ") }
    }),
    ("protocols", |engine| {
        let words: Vec<&str> = engine.protocols.iter().map(|protocol| word(*protocol)).collect();
        words.join(", ")
    }),
    ("`discovery`", |engine| {
        match (engine.lack(Need::Discovery), engine.discovery_changes) {
            (Some(_), _) => "no",
            (None, true) => "may change later",
            (None, false) => "fixed when the service is created",
        }
        .into()
    }),
    ("has not", |engine| {
        let words: Vec<String> =
            engine.lacks.iter().map(|lack| format!("{}: it {}", lack.need.written(), lack.because)).collect();
        if words.is_empty() { "–".into() } else { words.join("; ") }
    }),
    ("not in", |engine| {
        let words: Vec<String> = engine.not_in.iter().map(|region| format!("`{region}`")).collect();
        if words.is_empty() { "–".into() } else { words.join(", ") }
    }),
];

fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http1 => "`http1`",
        Protocol::Http2 => "`http2`",
        Protocol::Grpc => "`grpc`",
    }
}

fn span(bounds: Bounds) -> String {
    format!("{} to {}", length(bounds.least), length(bounds.most))
}

fn strategy(offer: &Offer) -> String {
    match (offer.percent, offer.wait) {
        (Some(percent), Some(wait)) => {
            format!("`{}` ({}, wait {})", offer.strategy.word(), percent.words(), span(wait))
        }
        _ => format!("`{}`", offer.strategy.word()),
    }
}

fn strategies(engine: &Abilities) -> String {
    let all: Vec<String> = engine.strategies.iter().map(strategy).collect();
    all.join(", ")
}

fn hooks(engine: &Abilities) -> String {
    let own = engine.hooks.iter().filter(|hook| hook.key != "checks").map(|hook| {
        let often = if hook.each_step { ", before every step" } else { "" };
        format!("`{}` at `{}`{often}", hook.key, hook.event)
    });
    format!("{}; {} each at most", own.collect::<Vec<_>>().join(", "), length(engine.hook_minutes))
}

fn rollback(engine: &Abilities) -> String {
    let with = |answer: Answer| {
        let words: Vec<String> = engine
            .rollback
            .iter()
            .filter(|(_, known)| *known == answer)
            .map(|(event, _): &(RollbackEvent, Answer)| format!("`{}`", event.word()))
            .collect();
        words.join(", ")
    };
    match with(Answer::Always) {
        always if always.is_empty() => format!("{} as chosen", with(Answer::Chosen)),
        always => format!("{} as chosen; {always} always", with(Answer::Chosen)),
    }
}

/// What an engine can do, row by row: what is asked, and the answer.
pub fn rows(engine: &Abilities) -> Vec<(&'static str, String)> {
    ROWS.iter().map(|(asked, answer)| (*asked, answer(engine))).collect()
}

const HEAD: &str = "\
# Engines

<!-- Written by `cargo xtask reference` from the table in src/blueprint/engines. Change it there and run it again. -->

An engine is who moves the traffic: one word in a blueprint, `deploy.engine`. The other words stay the same. `bluegreen engines`
prints this table, `bluegreen engines --format json` gives it to programs, and a blueprint that asks an engine for what it
cannot do is told which one can (BG182 to BG195).

";

const REST: &str = "
## What an update of the stack does

A release is one thing, any other update another: certificates, tags, alarms, scaling and CPU never move traffic and never
change what runs.

- **`codedeploy`**: an update registers a revision where the task definition changed, and the next deployment runs it. The
  parameter `LiveColor` keeps the listeners as they are.
- **`ecs`**: the parameter `RunningRevision` names the revision that runs, and the service keeps it. Left empty, the service runs
  the revision of the stack: that is a release, which CloudFormation waits for and takes back when it fails. `LiveColor` keeps the rules
  as they are. Who releases with CloudFormation alone gives `ImageUri` the new image and `RunningRevision` an empty value; who updates
  anything else gives both what runs. `deploy.sh` and `release.sh` do this.
  A pipeline releases in the same way, with a build (`release_with: stack`), or with CodePipeline's own action for ECS
  (`release_with: action`), which leaves the stack out: it registers a copy of the revision that runs with the new image, and `deploy.sh` keeps
  that one as it keeps any other. The action is short to set up and to read in the console. It is not the default because the copy has the
  settings of before: what the stack describes otherwise since then waits for `./release.sh --described`, and so does the first release. It waits an
  hour and then fails while ECS goes on, looks at no alarm before it starts, does not count tasks that fail to start, and does not wait for an
  update of the stack that is under way. It fits `rolling` best, where ECS itself gives up what does not start.
- **`cloudformation`**: task definition and task set are the last two resources of the service's template, and what runs is written in
  them. A change of them is a release: CloudFormation starts a green deployment, and refuses one together with any other change. So
  `deploy.sh` sends the new template up to them and these two as the stack has them, and a release sends the stack's own template with
  `release.yaml` of the service's folder at its end, the new image in it. The template always says blue: the transform puts the color in
  its place that is live, with new logical ids for each release (`TaskDefinition`, `TaskDefinitionGreen`, `TaskDefinition`, …). Such a
  stack neither imports nor tells anything: what it needs of network and cluster are parameters, which `deploy.sh` reads from the exports
  of their stacks; subnets and cluster once, when the stack is created.

- **`two_clusters`**: each color has a cluster, a service and a stack, so that an update of one cannot touch the other. What is live are
  weights, the parameters `BlueWeight` and `GreenWeight` of the load balancer's stack; `NewColor` says where the newest version is, and
  test traffic with it. `deploy.sh` reads all three from the listeners and passes them back, gives each color the revision that it runs,
  and leaves `Idle` of each as it is; it refuses while production is on both colors (`--despite-shift` keeps the weights of that moment).
  A release is an update of the idle color's stack (`ImageUri` new, `RunningRevision` empty, `Idle=no`, `Tasks` for a start), then
  updates of the load balancer's stack with other weights. `release.sh` does this; whoever does it by hand does the same. When
  `keep_old` is over it scales the old color to zero (`Idle=yes`), or leaves it with `idle_color: running`: then both clusters are there at
  any time, going back is one update of weights until the next release, and twice the tasks are paid for.

AWS recommends its own blue/green of ECS for what is new. `cloudformation` is for those who have the hook already, or who want a
release to be nothing but an update of a stack; `ecs` is that as well, and lacks less.

## From another engine to `ecs`

`bluegreen migrate --to ecs` writes the steps, with a script that takes one at a time, looks before and after it, and goes back.

- From **`codedeploy`** the service goes in place, behind its load balancer, in up to seven steps. One of them has no way back: that the controller
  becomes ECS.
- From **`cloudformation`** and **`two_clusters`** it goes by way of a second service beside the first, with a name and a load balancer of its own: `--as
  checkout-2`. What the first one holds on to (its one stack and task sets, or two clusters) no update takes apart while it runs. The second one
  begins with the image that runs and with as many tasks; then somebody moves the DNS record, and goes back by moving it back. The first one is deleted, which
  has no way back, once its load balancer counts no requests. The page tells what to write into the blueprint meanwhile and afterwards.

## Rolling is not blue/green

`strategy: rolling` replaces tasks a few at a time behind one target group. Old and new versions answer side by side while it lasts, nothing
reaches the new one beforehand, nobody can say go, and going back replaces the tasks again: minutes instead of seconds. It is the better
choice where twice the tasks do not fit (a license, a connection pool, a quota), where there are very many of them, and where
versions mix without harm. A circuit breaker takes an update back whose tasks fail, and alarms take one back while they are watched
(`watch`).

Going from `rolling` to another strategy of `ecs` is an update: the second target group comes, and the rules get it with a weight of 0. The
way back is open only while production is on blue, because a rolling update has that target group alone; `deploy.sh` refuses it
otherwise, and says how to get there.
";

/// `docs/engines.md`
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    let names: Vec<String> = ALL.iter().map(|engine| format!("`{}`", engine.engine.word())).collect();
    let _ = writeln!(page, "| | {} |", names.join(" | "));
    let _ = writeln!(page, "| --- |{}", " --- |".repeat(ALL.len()));
    let summaries: Vec<&str> = ALL.iter().map(|engine| engine.summary).collect();
    let _ = writeln!(page, "| what it is | {} |", summaries.join(" | "));
    for (asked, answer) in ROWS {
        let answers: Vec<String> = ALL.iter().map(answer).collect();
        let _ = writeln!(page, "| {asked} | {} |", answers.join(" | "));
    }
    page.push_str(REST);
    page
}

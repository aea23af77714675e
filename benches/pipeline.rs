//! Every stage from a blueprint to files by itself, then all of them.
//!
//! ```text
//! cargo bench --bench pipeline                         # everything, about five minutes
//! cargo bench --bench pipeline -- 'whole|resolve'      # these only
//! ```
//!
//! The blueprints are those of `services.sh`: N services like `checkout` of `examples/shop`, in one environment or in two.
#![allow(clippy::expect_used, reason = "a panic is how a benchmark fails")]
#![allow(missing_docs, reason = "the macros make items that nobody reads")]

use std::{fmt, path::Path, process::Command};

use bluegreen::{
    blueprint::{schema, shape::Shape, units::formats},
    cfn::Template,
    emit, engines,
    render::{self, Format},
    resolve::{Blueprint, Resolved},
    rules,
    source::{self, FileId, Sources},
    stacks, yaml,
};
use camino::{Utf8Path, Utf8PathBuf};
use divan::{Bencher, black_box, counter::ItemsCount};
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// A blueprint of so many services in so many environments.
#[derive(Clone, Copy)]
struct Size {
    services: usize,
    environments: &'static str,
}

const fn size(services: usize, environments: &'static str) -> Size {
    Size { services, environments }
}

const SIZES: [Size; 5] =
    [size(1, "one"), size(1, "two"), size(10, "one"), size(100, "one"), size(1_000, "one")];

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} in {}", self.services, self.environments)
    }
}

impl Size {
    fn text(self) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/services.sh");
        let mut command = Command::new("bash");
        let output = command.arg(script).arg(self.services.to_string()).arg(self.environments).output();
        String::from_utf8(output.expect("bash runs").stdout).expect("UTF-8")
    }

    fn sources(self) -> (Sources, FileId) {
        let mut sources = Sources::new();
        let file = sources.add("blueprint.yaml", self.text());
        (sources, file)
    }

    fn blueprint(self) -> Blueprint {
        let (mut sources, file) = self.sources();
        Blueprint::read(&mut sources, file).expect("the blueprint is good")
    }

    fn resolved(self) -> Vec<Resolved> {
        resolve(&self.blueprint())
    }

    fn templates(self) -> Vec<Template> {
        let mut templates = Vec::new();
        for resolved in &self.resolved() {
            render::templates(resolved, &[], &mut |stack| templates.push(stack.template));
        }
        templates
    }

    fn count(self) -> ItemsCount {
        ItemsCount::new(self.services)
    }
}

fn resolve(blueprint: &Blueprint) -> Vec<Resolved> {
    let names = blueprint.environments();
    names.map(|name| blueprint.resolve(name).expect("the blueprint is good")).collect()
}

fn files(resolved: &[Resolved], format: Format) -> Vec<emit::OutputFile> {
    let render =
        |one| render::environment(Resolved::clone(one), "blueprint.yaml", format).expect("renders").files;
    resolved.iter().flat_map(render).collect()
}

/// A folder in memory, where there is one.
fn folder() -> (TempDir, Utf8PathBuf) {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    let made = made.expect("a folder");
    let path = Utf8Path::from_path(made.path()).expect("UTF-8").to_owned();
    (made, path)
}

/// What a run pays once, however small its blueprint.
#[divan::bench]
fn make_shape() -> Shape {
    Shape::new(schema::application(), formats()).expect("a schema")
}

#[divan::bench_group(max_time = 2)]
mod stages {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn load(bencher: Bencher, size: Size) {
        let (_keep, folder) = folder();
        let path = folder.join("blueprint.yaml");
        std::fs::write(&path, size.text()).expect("writes");
        bencher.counter(size.count()).bench(|| {
            let mut sources = Sources::new();
            source::load(&mut sources, &path).expect("reads");
            sources
        });
    }

    #[divan::bench(args = SIZES)]
    fn read(bencher: Bencher, size: Size) {
        let (sources, file) = size.sources();
        bencher.counter(size.count()).bench(|| yaml::read(&sources, file).expect("reads"));
    }

    #[divan::bench(args = SIZES)]
    fn shape(bencher: Bencher, size: Size) {
        let (sources, file) = size.sources();
        let tree = yaml::read(&sources, file).expect("reads");
        let shape = make_shape();
        bencher.counter(size.count()).bench(|| shape.check(black_box(&tree)));
    }

    #[divan::bench(args = SIZES)]
    fn resolve(bencher: Bencher, size: Size) {
        let blueprint = size.blueprint();
        bencher.counter(size.count()).bench(|| super::resolve(&blueprint));
    }

    #[divan::bench(args = SIZES)]
    fn rules(bencher: Bencher, size: Size) {
        let blueprint = size.blueprint();
        let all = super::resolve(&blueprint);
        bencher
            .counter(size.count())
            .bench(|| all.iter().map(|one| rules::check(one, blueprint.tree()).len()).sum::<usize>());
    }

    #[divan::bench(args = SIZES)]
    fn draw(bencher: Bencher, size: Size) {
        let all = size.resolved();
        bencher.counter(size.count()).bench(|| {
            for one in &all {
                stacks::draw(one, &[], &engines::engine, &mut |_| {}, &mut |drawn| drop(black_box(drawn)));
            }
        });
    }

    #[divan::bench(args = SIZES)]
    fn emit_yaml(bencher: Bencher, size: Size) {
        let templates = size.templates();
        bencher
            .counter(size.count())
            .bench(|| templates.iter().map(|template| emit::yaml(template).len()).sum::<usize>());
    }

    #[divan::bench(args = SIZES)]
    fn emit_json(bencher: Bencher, size: Size) {
        let templates = size.templates();
        bencher
            .counter(size.count())
            .bench(|| templates.iter().map(|template| emit::json(template).len()).sum::<usize>());
    }

    #[divan::bench(args = SIZES)]
    fn render(bencher: Bencher, size: Size) {
        let all = size.resolved();
        bencher.counter(size.count()).bench(|| files(&all, Format::Yaml));
    }

    #[divan::bench(args = SIZES)]
    fn write(bencher: Bencher, size: Size) {
        let files = files(&size.resolved(), Format::Yaml);
        bencher
            .counter(size.count())
            .with_inputs(folder)
            .bench_values(|(keep, path)| (emit::write(&path, &files).expect("writes"), keep));
    }

    /// A second run, which finds everything as it should be.
    #[divan::bench(args = SIZES)]
    fn write_again(bencher: Bencher, size: Size) {
        let files = files(&size.resolved(), Format::Yaml);
        let (_keep, path) = folder();
        emit::write(&path, &files).expect("writes");
        bencher.counter(size.count()).bench(|| emit::write(&path, &files).expect("writes"));
    }

    #[divan::bench(args = SIZES)]
    fn whole(bencher: Bencher, size: Size) {
        let text = size.text();
        bencher.counter(size.count()).with_inputs(folder).bench_values(|(keep, path)| {
            let mut sources = Sources::new();
            let file = sources.add("blueprint.yaml", text.as_str());
            let blueprint = Blueprint::read(&mut sources, file).expect("the blueprint is good");
            let mut all = super::resolve(&blueprint);
            for one in &mut all {
                assert!(rules::check(one, blueprint.tree()).is_empty(), "the blueprint is good");
                one.forget_trees();
            }
            drop(blueprint);
            (emit::write(&path, &files(&all, Format::Yaml)).expect("writes"), keep)
        });
    }
}

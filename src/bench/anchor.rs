//! The anchor of a hold: pgbench writes the rows that a hold writes, and nothing looks after rules, sessions or HTTP.
//!
//! In the variant of six statements: begin; claim a seat; the hold; its audit row; the first answer under its key; commit.
//! In the variant of one call a function in the database does the four in between. Both claim with the application's own
//! statement, through the same role, prepared, from as many clients.

use crate::{
    cpu::{Client, Cost, Meter},
    ground::{GROUPS, Ground, HOT},
};
use std::{fs, process::Command};

/// The claim, as `src/store/seats.rs` has it; `{member}` and `{slug}` are put in.
const CLAIM: &str = "update seats set state = 'held', member_id = {member}, hold_id = gen_random_uuid(), held_at = now(), \
    held_until = now() + make_interval(secs => 600), renewals = 0 \
    where (group_id, seat_no) = (select s.group_id, s.seat_no from seats s \
      where s.group_id = (select id from groups where slug = {slug}) \
        and (s.state = 'free' or (s.state in ('held', 'offered') and s.held_until <= now())) \
      order by (s.member_id = {member}) desc nulls last, s.seat_no for update skip locked limit 1) \
    returning group_id, seat_no, hold_id";

/// The variant of one call, made by the superuser; the caller's rights do.
pub const FUNCTION: &str = "create function bench_hold(member uuid, of_slug text) returns boolean language plpgsql as $$
    declare claimed record;
    begin
      update seats set state = 'held', member_id = member, hold_id = gen_random_uuid(), held_at = now(),
        held_until = now() + make_interval(secs => 600), renewals = 0
      where (group_id, seat_no) = (select s.group_id, s.seat_no from seats s
        where s.group_id = (select id from groups where slug = of_slug)
          and (s.state = 'free' or (s.state in ('held', 'offered') and s.held_until <= now()))
        order by (s.member_id = member) desc nulls last, s.seat_no for update skip locked limit 1)
      returning group_id, seat_no, hold_id into claimed;
      if not found then return false; end if;
      insert into holds (id, group_id, member_id) values (claimed.hold_id, claimed.group_id, member);
      insert into audit_events (actor, action, subject, detail) values (member::text, 'seat held', claimed.group_id::text,
        jsonb_build_object('hold', claimed.hold_id, 'seat', claimed.seat_no));
      insert into idempotency_keys (member_id, action, key, answer)
        values (member, 'hold', gen_random_uuid(), to_jsonb('/reserve/' || of_slug || '/about'));
      return true;
    end $$";

/// How the rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// Six statements.
    Six,
    /// One call of a function.
    Function,
}

/// Where the holds go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Spread over all groups.
    Spread,
    /// One group; its seats are freed once for so many holds as there are clients, by one of them.
    Hot,
}

/// Why there is no anchor, if there is none.
pub fn missing(ground: &Ground) -> Option<String> {
    let is_there = ground.program("pgbench").is_some();
    (!is_there).then(|| {
        "no pgbench beside initdb: Debian's `postgresql` has it, the npm package has not; set PG_BIN to a folder with both"
            .to_owned()
    })
}

fn script(variant: Variant, place: Place) -> String {
    // Each client has members of its own, so that nobody holds twice.
    let mut text = "\\set i :i + 1\n\\set n :client_id * :each + :i\n\\set g :n % :groups\n".to_owned();
    let member = "bench_member(:n::int)";
    let slug = match place {
        Place::Spread => "'group-' || :g::text".to_owned(),
        Place::Hot => format!("'{HOT}'"),
    };
    match variant {
        Variant::Function => {
            text.extend([format!("select bench_hold({member}, {slug});\n")]);
        }
        Variant::Six => {
            let claim = CLAIM.replace("{member}", member).replace("{slug}", &slug);
            let hold = format!(
                "insert into holds (id, group_id, member_id) values (:hold_id::uuid, :group_id::uuid, {member});\n\
                 insert into audit_events (actor, action, subject, detail) values ({member}::text, 'seat held', :group_id::text, \
                   jsonb_build_object('hold', :hold_id::uuid, 'seat', :seat_no::int));\n\
                 insert into idempotency_keys (member_id, action, key, answer) \
                   values ({member}, 'hold', gen_random_uuid(), to_jsonb('/reserve/' || {slug} || '/about'));\n"
            );
            text.push_str("begin;\n");
            match place {
                Place::Spread => {
                    text.extend([format!("{claim} \\gset\n{hold}")]);
                }
                // Without a free seat there is no row, which pgbench could not put into variables.
                Place::Hot => text.extend([format!(
                    "with claimed as ({claim}) select count(*) as got, max(group_id::text) as group_id, \
                     max(seat_no) as seat_no, max(hold_id::text) as hold_id from claimed \\gset\n\\if :got\n{hold}\\endif\n"
                )]),
            }
            text.push_str("commit;\n");
        }
    }
    if place == Place::Hot {
        text.push_str("\\if :client_id = 0\nselect bench_free_hot();\n\\endif\n");
    }
    text
}

/// Runs `each` holds on each of `clients` connections, and says what it cost and what went wrong.
pub fn run(ground: &Ground, variant: Variant, place: Place, clients: u32, each: u32) -> (Cost, Vec<String>) {
    let program = ground.program("pgbench").expect("pgbench is there: it was looked for");
    let file = ground.place.join("anchor.sql");
    fs::write(&file, script(variant, place)).expect("pgbench's script");
    let mut command = Command::new(program);
    command
        .args(["--no-vacuum", "--protocol", "prepared", "--jobs", "1"])
        .args(["--client", &clients.to_string(), "--transactions", &each.to_string()])
        .args(["--define", "i=0", "--define", &format!("each={each}"), "--define", &format!("groups={GROUPS}")])
        .arg("--file")
        .arg(&file)
        .arg("--host")
        .arg(ground.socket())
        .args(["--username", "common_ground", "common_ground"]);
    let meter = Meter::start(None, ground.postmaster(), Client::Child);
    let output = command.output().expect("pgbench runs");
    let operations = clients * each;
    let cost = meter.read(operations);
    let said = String::from_utf8_lossy(&output.stdout);
    let whole = format!("number of transactions actually processed: {operations}/{operations}");
    let mut wrong = Vec::new();
    if !output.status.success() || !said.contains(&whole) {
        let errors = String::from_utf8_lossy(&output.stderr);
        let errors: Vec<_> = errors.lines().filter(|line| line.contains("rror")).take(3).collect();
        wrong.push(format!("pgbench, {variant:?}: {}", errors.join(" · ")));
    }
    (cost, wrong)
}

import Platform
import Support
import Testing

@testable import bootstrap_hub

@Suite struct HubUsageErrorTests {
    @Test func `every error says what happened, where, and what to do about it`() throws {
        let examples: [UsageError] = [
            .noCommand, .unknownCommand("server"), .unknownOption("--dta", .serve), .missing("--data", .serve),
            .missingValue("--data", .serve), .unexpected("x", .serve), .unexpectedValue("--json", .audit),
            .unknownAct("strt", ["start", "status"], .rollout), .exclusive(["--config", "--bundle"], .rollout),
            .twice("--data", .serve), .badValue(Explanation("p", at: "x", hint: "h"), .serve),
        ]
        #expect(ErrorWalk(UsageError.self, in: "bootstrap-hub/CommandLineOptions.swift", examples).faults == [])
    }

    @Test func `every command that a text names is there, with its options`() throws {
        let named = try TypedCommand.all(of: "bootstrap-hub", prose: ["from", "gives"])
        #expect(named.count > 30)
        for one in named {
            guard let command = Subcommand(rawValue: one.word) else {
                Issue.record("there is no such command: \(one)")
                continue
            }
            let known = (command.allOptions.map(\.name)) + ["--help", "--version"]
            #expect(one.options.allSatisfy(known.contains), "an option is not there: \(one)")
            // Who reads these is not where the hub is, and the program does not name the folder.
            let isElsewhere = ["Steps/", "Trust/", "Hub/Routes/"].contains(where: one.file.hasFirstBytes)
            #expect(!isElsewhere || one.options.contains("--data"), "it needs the hub's folder: \(one)")
        }
    }

    /// A text, and the same with the hub's folder where it is needed.
    @Test(arguments: [
        ("bootstrap-hub list-hosts shows all", "bootstrap-hub list-hosts --data '/srv/a b' shows all"),
        (
            "wait for it, or bootstrap-hub rollout abort 7",
            "wait for it, or bootstrap-hub rollout abort --data '/srv/a b' 7"
        ),
        (
            "bootstrap-hub label ID LABEL; bootstrap-hub list-keys",
            "bootstrap-hub label --data '/srv/a b' ID LABEL; bootstrap-hub list-keys --data '/srv/a b'"
        ),
        ("bootstrap-hub rollout --help shows its use", "bootstrap-hub rollout --help shows its use"),
        ("bootstrap-hub add-user NAME --data DIR", "bootstrap-hub add-user NAME --data DIR"),
        ("bootstrap-hub is not there", "bootstrap-hub is not there"), ("look at it", "look at it"),
    ])
    func `a command in a hint has the folder of the hub that it is about`(text: String, told: String) {
        #expect(HubCommands.naming("/srv/a b", in: text) == told)
    }
}

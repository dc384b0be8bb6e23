import Bundles
import HostConfig
import Platform
import Support
import Testing
import Transfer

@testable import host_bootstrap

@Suite struct UsageErrorTests {
    @Test func `every error says what happened, where, and what to do about it`() throws {
        let path = AwkwardPlace.path
        let disk = SystemCallError("open", path, code: 13)
        let examples: [UsageError] = [
            .unknownCommand("aply"), .unknownOption("--confg", .apply), .unknownCode("x", nearest: nil),
            .unknownCode("x", nearest: "syntax"), .missingOption("--config", .apply), .missingValue("--config", .apply),
            .unexpectedValue("--json", .apply), .badValue("--wait-lock", "x", expected: "a number"),
            .badAddress(.refusedAddress("ftp://a", "is no address")), .exclusive(["--a", "--b"], .hydrate),
            .noPlan(path: path), .unreadablePlan(disk), .twice("--config", .apply), .missingOperand("CODE", .explain),
            .unexpectedOperand("x", .apply),
        ]
        #expect(ErrorWalk(UsageError.self, in: "host-bootstrap/CommandLineOptions.swift", examples).faults == [])
        let hubs: [HubConnectionError] = [
            .token(.notSet(name: "TOKEN")), .address(.refusedAddress("ftp://a", "is no address")),
        ]
        #expect(
            ErrorWalk(HubConnectionError.self, in: "host-bootstrap/HubConnection.swift", hubs).faults == [])
        #expect(
            ErrorWalk(
                DestinationThere.self, in: "host-bootstrap/BundleInstall.swift", [DestinationThere(path: path)]
            ).faults == [])
    }

    @Test func `a file where a command should be is what to apply`() throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/usage-error-")
        defer { try? Folders.removeTree(folder) }
        try Files.replace("\(folder)/my host.json", with: [], mode: 0o644)
        let error = UsageError.unknownCommand("\(folder)/my host.json")
        #expect(error.explanation.hint == "host-bootstrap apply --config '\(folder)/my host.json' applies that file")
    }

    /// What goes on like a command's name and is none.
    private static let prose: Set<String> = ["any", "for", "from", "is", "itself", "makes", "that", "was"]

    @Test func `every command that a text names is there, with its options`() throws {
        let named =
            try TypedCommand.all(of: "host-bootstrap", prose: Self.prose)
            + TypedCommand.all(of: "ClosedDoor.program)", prose: Self.prose)
        #expect(named.count > 50)
        for one in named {
            guard let command = Subcommand(rawValue: one.word) else {
                Issue.record("there is no such command: \(one)")
                continue
            }
            let known = (command.options + Option.everywhere).map(\.name)
            let needed = command.options.filter(\.isRequired).map(\.name)
            #expect(needed.allSatisfy(one.options.contains), "an option that it needs is missing: \(one)")
            #expect(one.options.allSatisfy(known.contains), "an option is not there: \(one)")
        }
    }
}

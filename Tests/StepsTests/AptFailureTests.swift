import Platform
@testable import Steps
import Testing

@Suite struct AptFailureTests {
    /// What apt-get and dpkg print, word for word.
    static let messages: [(String, AptFailure)] = [
        (
            "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.", .interrupted
        ),
        (
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 42 (apt-get)", .lockHeld
        ),
        ("E: Unable to locate package no-such-thing", .unknownPackage("no-such-thing")),
        ("E: Package 'gone' has no installation candidate", .unknownPackage("gone")),
        ("E: Version '9.9' for 'jq' was not found", .unknownPackage("jq")),
        ("E: Failed to fetch http://m/x.deb  Hash Sum mismatch", .damagedLists),
        ("E: Failed to fetch http://m/x.deb  Could not connect to m:80", .network),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", .diskFull),
        ("E: Sub-process /usr/bin/dpkg returned an error code (1)", .other),
    ]

    @Test(arguments: messages.indices)
    func `what apt prints tells what went wrong, in its own words and with a remedy`(index: Int) {
        let (message, failure) = Self.messages[index]
        let result = CommandResult(exitCode: 100, output: "Reading package lists...\n", errors: message + "\n")
        #expect(AptFailure(result) == failure)
        let words = failure.explanation(result)
        #expect(words.problem == message)
        #expect(!words.hint.isEmpty)
    }

    @Test func `only what fresh lists or time can cure is tried again`() {
        let cured = Self.messages.map(\.1).filter(\.mayPass)
        #expect(
            cured == [
                .unknownPackage("no-such-thing"), .unknownPackage("gone"), .unknownPackage("jq"), .damagedLists,
                .network,
            ])
    }
}

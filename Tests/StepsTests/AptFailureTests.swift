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
        ("dpkg: error: dpkg status database is locked by another process", .lockHeld),
        ("E: Unable to locate package no-such-thing", .unknownPackage("no-such-thing")),
        ("E: Package 'gone' has no installation candidate", .unknownPackage("gone")),
        ("E: Version '9.9' for 'jq' was not found", .unknownPackage("jq")),
        ("E: Failed to fetch http://m/x.deb  Hash Sum mismatch", .damagedLists),
        ("E: Failed to fetch http://m/x.deb  Could not connect to m:80", .network),
        (
            "E: Failed to fetch http://m/dists/x/InRelease  407  Proxy Authentication Required [IP: 10.0.0.1 3128]",
            .proxyRefused
        ),
        ("E: The list of sources could not be read.", .sourcesContradict),
        (
            "E: Failed to fetch file:/r/./InRelease  The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 74C1F7B113E9C7CB",
            .unverified
        ),
        ("E: The repository 'file:/r ./ Release' does not have a Release file.", .noRelease),
        ("E: The repository 'http://m/x stable InRelease' is not signed.", .noRelease),
        ("E: Held packages were changed and -y was used without --allow-change-held-packages.", .onHold),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", .diskFull),
        ("E: Sub-process /usr/bin/dpkg returned an error code (1)", .dpkgFailed),
        ("E: Sub-process /usr/bin/dpkg exited unexpectedly", .dpkgFailed),
        (
            "E: Unmet dependencies. Try 'apt --fix-broken install' with no packages (or specify a solution).",
            .brokenPackages
        ),
        ("E: The package libonig5 needs to be reinstalled, but I can't find an archive for it.", .brokenPackages),
        ("E: Something that nobody has seen yet", .other),
    ]

    @Test(arguments: messages.indices)
    func `what apt prints tells what went wrong, in its own words and with a remedy`(index: Int) {
        let (message, failure) = Self.messages[index]
        let result = CommandResult(exitCode: 100, output: "Reading package lists...\n", errors: message + "\n")
        #expect(AptFailure(result) == failure)
        let words = failure.explanation(result, of: "apt-get remove jq")
        #expect(words.problem == (failure == .diskFull ? "the disk is full: \(message)" : message))
        #expect(!words.hint.isEmpty)
        if failure == .other { #expect(words.hint == "run the same by hand: sudo apt-get remove jq") }
    }

    @Test func `what a package needs and apt does not find is named`() {
        let output = """
            Reading package lists...
            The following packages have unmet dependencies:
             own-words : Depends: no-such (>= 2) but it is not installable
                         Depends: other but it is not going to be installed
            """
        let result = CommandResult(
            exitCode: 100, output: output, errors: "E: Unable to correct problems, you have held broken packages.\n")
        #expect(AptFailure(result) == .unmetDependencies)
        let words = AptFailure.unmetDependencies.explanation(result, of: "apt-get install own-words")
        #expect(
            words.problem
                == "own-words : Depends: no-such (>= 2) but it is not installable; "
                + "Depends: other but it is not going to be installed")
    }

    /// What a disk that is full, or fails, makes of dpkg's words.
    static let diskTroubles: [(String, AptFailure, String)] = [
        (
            """
            dpkg: error processing archive /var/cache/apt/archives/jq_1.6_amd64.deb (--unpack):
             cannot copy extracted data for './usr/bin/jq' to '/usr/bin/jq.dpkg-new': failed to write (No space left on device)
            E: Sub-process /usr/bin/dpkg returned an error code (1)
            """, .diskFull,
            "the disk is full: /usr has 0.0 GiB left; dpkg: error processing archive /var/cache/apt/archives/jq_1.6_amd64.deb (--unpack): cannot copy extracted data for './usr/bin/jq' to '/usr/bin/jq.dpkg-new': failed to write (No space left on device)"
        ),
        (
            """
            dpkg: unrecoverable fatal error, aborting:
             unable to fsync updated status of 'libonig5:amd64': Input/output error
            E: Sub-process /usr/bin/dpkg returned an error code (2)
            """, .diskFailing,
            "the disk fails: dpkg: unrecoverable fatal error, aborting: unable to fsync updated status of 'libonig5:amd64': Input/output error"
        ),
    ]

    @Test(arguments: diskTroubles.indices)
    func `a disk that is full or fails is called that, with where and what is needed`(index: Int) {
        let (output, failure, problem) = Self.diskTroubles[index]
        let result = CommandResult(exitCode: 100, output: "", errors: output)
        #expect(AptFailure(result) == failure)
        let room = failure == .diskFull ? "/usr has 0.0 GiB left" : nil
        #expect(failure.explanation(result, of: "apt-get install jq", room: room).problem == problem)
    }
}

import Glibc
import Platform
import Privileged
@testable import Steps
import Testing

@Suite struct DpkgStatusTests {
    static let status = DpkgStatus(
        """
        Package: jq
        Status: install ok installed
        Architecture: \(DpkgStatus.ownArchitecture)
        Version: 1.6-2.1
        Description: a filter
         Package: liar

        Package: mawk
        Status: hold ok installed
        Architecture: all
        Version: 1.3
        Provides: awk, other (= 1)

        Package: half
        Status: install ok half-configured
        Architecture: \(DpkgStatus.ownArchitecture)
        Version: 2

        Package: unpacked
        Status: install ok unpacked
        Architecture: \(DpkgStatus.ownArchitecture)
        Version: 2
        Provides: thing

        Package: triggered
        Status: install ok triggers-pending
        Architecture: \(DpkgStatus.ownArchitecture)
        Version: 2

        Package: awaiting
        Status: install ok triggers-awaited
        Architecture: \(DpkgStatus.ownArchitecture)
        Version: 2

        Package: broken
        Status: install reinstreq installed
        Architecture: \(DpkgStatus.ownArchitecture)
        Version: 2

        Package: leaving
        Status: deinstall ok installed
        Architecture: \(DpkgStatus.ownArchitecture)
        Version: 2

        Package: foreign
        Status: install ok installed
        Architecture: i386
        Version: 2

        Package: gone
        Status: deinstall ok config-files
        Architecture: \(DpkgStatus.ownArchitecture)
        Version: 3
        """)

    @Test func `a package that is there is held or not, and one that is not there is neither`() {
        #expect(Self.status.selection("jq") == .install && Self.status.selection("mawk") == .hold)
        #expect(Self.status.selection("mawk:all") == .hold && Self.status.selection("no-such") == nil)
    }

    @Test func `what dpkg is to do with a package is a setting with a name of its own`() {
        #expect(SelectionName(SelectionName(package: "libc6:amd64").text)?.package == "libc6:amd64")
        for other in ["package", "package a b", "user a", "net.core.somaxconn", ""] {
            #expect(SelectionName(other) == nil)
        }
    }

    @Test func `which package a file is stands in the receipt in one line`() {
        let package = PackageFields(name: "own", version: "1:2-3", architecture: "all")
        #expect(package?.fact == "own 1:2-3 all" && package?.exact == "own=1:2-3")
        #expect(PackageFields(fact: "own 1:2-3 all") == package)
        for other in ["", "own 1", "own 1 all x", "-o 1 all", "own  all"] { #expect(PackageFields(fact: other) == nil) }
    }

    @Test func `what is taken out of the status is not there, and neither is what it provides`() {
        let left = Self.status.without(["mawk", "jq:\(DpkgStatus.ownArchitecture)", "no-such"])
        #expect(left.version("jq") == nil && left.difference("awk") == "absent" && left.version("half") == "2")
        #expect(Self.status.version("jq") == "1.6-2.1" && Self.status.difference("awk") == nil)
        #expect(Self.status.version("leaving") == "2" && Self.status.version("gone") == nil)
    }

    @Test(arguments: [
        "jq", "jq:\(DpkgStatus.ownArchitecture)", "foreign:i386", "mawk:\(DpkgStatus.ownArchitecture)", "jq=1.6-2.1",
        "mawk", "awk", "other",
    ])
    func `what is installed, held or provided is no difference`(package: String) {
        #expect(Self.status.difference(package) == nil)
    }

    @Test(arguments: [
        ("half", "half-configured"), ("unpacked", "unpacked"), ("thing", "absent"), ("triggered", "triggers-pending"),
        ("awaiting", "triggers-awaited"), ("broken", "installed, must be reinstalled"),
        ("leaving", "marked for removal"), ("foreign", "absent"), ("gone", "absent"), ("liar", "absent"),
        ("jq:i386", "absent"), ("jq=1.7", "1.6-2.1"), ("awk=1", "absent"),
    ])
    func `what is half there, removed or of another version or architecture is one`(package: String, found: String) {
        #expect(Self.status.difference(package) == found)
    }

    @Test(arguments: [
        ("half", true), ("unpacked=2", true), ("broken", true), ("jq", false), ("gone", false), ("new", false),
        ("leaving", false),
    ])
    func `what was begun and not ended asks for a repair`(package: String, unfinished: Bool) {
        #expect(Self.status.isUnfinished(package) == unfinished)
    }

    @Test func `what dpkg noted in its journal counts, since it had no time to write it into the status file`() {
        let architecture = DpkgStatus.ownArchitecture
        let head = "Package: jq\nArchitecture: \(architecture)\nVersion: 1\nStatus: install ok"
        let texts = ["\(head) installed\n", "\(head) half-configured\n", "\(head) unpacked\n"]
        #expect(DpkgStatus(texts.joined(separator: "\n\n")).difference("jq") == "unpacked")
        let removed = "\(head) installed\n\n\(head) not-installed\n"
        #expect(DpkgStatus(removed).difference("jq") == "absent")
    }

    @Test func `dpkg is cut off when its journal has notes that nobody who holds its lock is about to take in`() throws
    {
        let top = try Folders.makeTemporary(prefix: "/tmp/dpkg-status-")
        defer { try? Folders.removeTree(top) }
        let (journal, lock) = ("\(top)/updates", "\(top)/lock")
        let isCutOff = { try DpkgStatus.isLeftInterrupted(journal: journal, lock: lock) }
        try Folders.make(journal)
        #expect(try !isCutOff())
        // What dpkg is writing has another name until it is whole.
        try Files.replace("\(journal)/tmp.i", with: [], mode: 0o644)
        #expect(try !isCutOff())
        try Files.replace("\(journal)/0001", with: [], mode: 0o644)
        #expect(try isCutOff())
        try Files.replace(lock, with: [], mode: 0o640)
        #expect(try isCutOff())
        // As dpkg takes it; the kernel lets it go when any descriptor of the file is closed.
        let held = open(lock, O_RDWR)
        defer { close(held) }
        var whole = flock()
        whole.l_type = Int16(F_WRLCK)
        try #require(fcntl(held, F_SETLK, &whole) == 0)
        #expect(try !isCutOff())
        whole.l_type = Int16(F_UNLCK)
        try #require(fcntl(held, F_SETLK, &whole) == 0)
        #expect(try isCutOff())
    }
}

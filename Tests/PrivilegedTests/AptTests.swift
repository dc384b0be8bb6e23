import Digests
@testable import Platform
@testable import Privileged
import Testing

@Suite struct AptTests {
    @Test(arguments: ["jq", "libstdc++6", "jq:amd64", "jq=1.6-2.1", "g++", "python3.11", "x=1:2~rc1+b1"])
    func `a package's name is taken`(name: String) { #expect(Apt.isPackage(name)) }

    @Test(arguments: ["bash+", "bash+:amd64", "bash+=1"])
    func `a plus that is no part of a package's name is no command to apt`(name: String) async {
        let error = await #expect(throws: PrivilegedError.self) {
            try await Apt.install([name], lockTimeout: 1) { _ in }
        }
        guard case .refused(let what, let place, _) = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(what == "there is no package of that name" && place == name)
    }

    @Test(arguments: [
        "", "-o", "--allow-unauthenticated", "Jq", "jq-", "jq=1.6-", "a b", "jq;rm", "./x.deb", "/tmp/x.deb", "jq=",
        "a\nb",
        "$(x)", "jq:",
    ])
    func `an option, a path and anything else is not`(name: String) { #expect(!Apt.isPackage(name)) }

    @Test(arguments: ["jq=1.6", "-o", "--showheld", "../x", "", "jq jq"])
    func `only a package's plain name is held`(name: String) async {
        await #expect(throws: PrivilegedError.self) { try await Apt.select(.hold, [name]) { _ in } }
    }

    @Test func `behind the closed door no package is held, taken away, or installed from a file`() {
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        let boundary = Boundary(caller: caller, known: KnownUnits(policy: HelperPolicy(), folder: "/nowhere"))
        for selection in [PackageSelection.hold, .install] {
            let error = #expect(throws: PrivilegedError.self) { try boundary.check(.selectPackages(["jq"], selection)) }
            #expect(error?.explanation.hint == "as root: apt-mark \(selection == .hold ? "hold" : "unhold") jq")
        }
        #expect(throws: PrivilegedError.self) {
            try boundary.check(.removePackages(["jq"], along: [], lockTimeoutSeconds: 0))
        }
        let files = PackageFiles([("/tmp/x.deb", Digest.of([]))], displacing: [])
        #expect(throws: PrivilegedError.self) {
            try boundary.check(.installPackageFiles(files, lockTimeoutSeconds: 0))
        }
    }

    @Test(arguments: ["-o", "jq-", "bash+ ", "./x", "", "jq sudo"])
    func `only what is a package's name is removed`(name: String) async {
        let error = await #expect(throws: PrivilegedError.self) {
            try await Apt.remove([name], along: [], lockTimeout: 1) { _ in }
        }
        #expect(error == .refused(what: "is no package's name", place: name, hint: error?.explanation.hint ?? ""))
    }

    @Test func `nothing is removed that nobody foresaw, nor what the host cannot be without`() async throws {
        try await Apt.checkRemoval(of: ["jq", "libjq1:i386"], previewed: ["jq:amd64", "libjq1"], "apt-get remove")
        let stranger = await #expect(throws: PrivilegedError.self) {
            try await Apt.checkRemoval(of: ["jq", "libjq1", "fish"], previewed: ["jq"], "apt-get remove")
        }
        guard case .refused("libjq1, fish would be removed with them", _, let hint) = stranger else {
            return #expect(Bool(false), "\(String(describing: stranger))")
        }
        #expect(hint.hasPrefix("apt-get remove -s shows why"))
        let vital = await #expect(throws: PrivilegedError.self) {
            try await Apt.checkRemoval(of: ["jq", "dpkg"], previewed: ["jq", "dpkg"], "apt-get purge")
        }
        #expect(vital == .failed(VitalPackages.refusal(of: ["dpkg"])))
    }
}

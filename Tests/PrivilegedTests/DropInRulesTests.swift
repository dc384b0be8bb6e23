@testable import Platform
@testable import Privileged
import Systemd
import Testing

/// Drop-ins for a bootstrap user who has no other way to root.
@Suite struct DropInRulesTests {
    private static let own = "[Service]\nUser=ops\nExecStart=/bin/true\n"

    /// Folders in the place of systemd's and of the units that are known, with these units in the first.
    private func within<Value>(
        _ units: [String: String], _ body: (DropInRules, String) throws -> Value
    ) throws -> Value {
        let folder = try Folders.makeTemporary(prefix: "/tmp/drop-in-rules-")
        defer { try? Folders.removeTree(folder) }
        try Folders.make("\(folder)/known")
        try Folders.make("\(folder)/units")
        for (unit, text) in units {
            try Files.replace("\(folder)/units/\(unit)", with: Array(text.utf8), mode: 0o644)
            try Files.replace("\(folder)/known/\(unit)", with: [], mode: 0o644)
        }
        let known = KnownUnits(
            policy: HelperPolicy(units: ["named.service"], rootUnits: ["roots.service"]), folder: "\(folder)/known")
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        return try body(DropInRules(caller: caller, known: known, units: "\(folder)/units"), "\(folder)/units")
    }

    /// Why it is refused; nil when it is not.
    private func refusal(
        _ text: String, of unit: String = "a.service", among units: [String: String] = ["a.service": own]
    ) throws -> String? {
        try within(units) { rules, _ in
            let dropIn = try #require(DropInFile("x", of: UnitName(unit)))
            do throws(PrivilegedError) { try rules.check(dropIn, Array(text.utf8)) } catch {
                return error.explanation.summary
            }
            return nil
        }
    }

    @Test(arguments: [
        "[Service]\nEnvironment=A=1\nMemoryMax=1G\n", "[Service]\nExecStart=\nExecStart=/bin/false\n",
        "[Service]\nUser=ops\n", "[Service]\nDynamicUser=yes\n", "[Unit]\nAfter=network.target\n",
    ])
    func `what a unit of the user's may say, its drop-in may`(text: String) throws {
        #expect(try refusal(text) == nil)
    }

    @Test func `a template of the user's has no drop-in, which root's instances without a template would read, too`()
        throws
    {
        let words = try refusal("[Service]\nNice=1\n", of: "a@.service", among: ["a@.service": Self.own])
        #expect(words?.contains("a template's drop-in is read for instances of root's") == true)
        #expect(try refusal("[Service]\nNice=1\n", of: "a@1.service", among: ["a@1.service": Self.own]) == nil)
        #expect(try refusal("[Service]\nNice=1\n", of: "roots.service") == nil)
    }

    @Test(arguments: [
        "[Service]\nUser=root\n", "[Service]\nUser=\n", "[Service]\nUser=\nUser=ops\n", "[Service]\nDynamicUser=no\n",
        "[Service]\nDynamicUser=\n", "[Service]\nExecStartPre=+/bin/sh\n", "[Service]\nExecStart=-!/bin/sh\n",
        "[Service]\nEnvironmentFile=/etc/shadow\n", "[Service]\nBindPaths=/etc\n", "[Unit]\nOnFailure=ssh.service\n",
        "[Install]\nAlias=ssh.service\n", "[Mount]\nWhat=/dev/sda\n", "[Service]\nEnvironment=A=1\\\n",
    ])
    func `what would make root act for the user is refused, and so is what takes the unit's user back`(text: String)
        throws
    {
        #expect(try refusal(text)?.contains("/etc/systemd/system/a.service.d/x.conf:") == true)
    }

    @Test func `a unit that is not the user's own gets none, unless root trusts whatever is written for it`() throws {
        let text = "[Service]\nEnvironment=LD_PRELOAD=/home/ops/x.so\n"
        #expect(try refusal(text, of: "cron.service")?.contains("not made by this program") == true)
        // Named, and yet its commands run as root.
        #expect(try refusal(text, of: "named.service")?.contains("may run as root") == true)
        let asRoot = ["named.service": "[Service]\nExecStart=/bin/true\n"]
        #expect(try refusal(text, of: "named.service", among: asRoot)?.contains("may run as root") == true)
        #expect(try refusal(text, of: "roots.service") == nil)
    }

    @Test func `a unit's own file does not go before its drop-ins, which the next of that name would have`() throws {
        try within(["a.service": Self.own]) { rules, folder in
            let unit = try UnitName("a.service")
            #expect(throws: Never.self) { try rules.checkDeparture(of: unit) }
            try Folders.make("\(folder)/a.service.d")
            try Files.replace("\(folder)/a.service.d/x.conf.set-aside-1", with: [], mode: 0o644)
            #expect(throws: Never.self) { try rules.checkDeparture(of: unit) }
            try Files.replace("\(folder)/a.service.d/x.conf", with: [], mode: 0o644)
            let error = #expect(throws: PrivilegedError.self) { try rules.checkDeparture(of: unit) }
            #expect(error?.explanation.hint.contains("rm \(folder)/a.service.d/x.conf") == true)
            // Without a file of its own nothing could have been written for it by this door.
            try Files.remove("\(folder)/a.service")
            #expect(throws: Never.self) { try rules.checkDeparture(of: unit) }
        }
    }
}

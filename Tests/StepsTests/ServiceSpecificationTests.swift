import Engine
import HostConfig
import Platform
@testable import Steps
import Systemd
import Testing

@Suite struct ServiceSpecificationTests {
    private static let once = #"{"unit": "a.service", "content": "[Service]\nType=oneshot\nExecStart=/bin/true\n"}"#
    private static let stays = #"{"unit": "a.service", "content": "[Service]\nExecStart=/bin/true\n"}"#
    private static let timer = #"{"unit": "b.timer", "content": "[Timer]\nOnCalendar=daily\nUnit=a.service\n"}"#
    private static let socket = #"{"unit": "a.socket", "content": "[Socket]\nListenStream=80\n"}"#

    @Test func `a unit's step is named after its kind, and a service comes after its socket`() async throws {
        let graph = try Steps.graph(for: try await host([Self.stays, Self.socket, Self.timer]))
        #expect(Set(graph.steps.map(\.id.name)).isSuperset(of: ["service-a", "socket-a", "timer-b"]))
        #expect(graph.steps.first { $0.id == "service-a" }?.needs == ["unit-files", "socket-a"])
        #expect(graph.steps.first { $0.id == "timer-b" }?.needs == ["unit-files"])
    }

    @Test func `what a timer or socket of the config starts need not run by itself, unless it starts with the host`()
        async throws
    {
        #expect(try await starter(of: "a.service", [Self.once]) == nil)
        #expect(try await starter(of: "a.service", [Self.once, Self.timer]) == "b.timer")
        #expect(try await starter(of: "a.service", [Self.stays, Self.socket]) == "a.socket")
        let installed = Self.stays.replacing("true\\n", "true\\n[Install]\\nWantedBy=multi-user.target\\n")
        #expect(try await starter(of: "a.service", [installed, Self.socket]) == nil)
        let disabled = installed.replacing("}", #", "enabled": false}"#)
        #expect(try await starter(of: "a.service", [disabled, Self.socket]) == "a.socket")
    }

    @Test func `a service that stays up is restarted for whatever changes, a oneshot runs again for what it names`()
        async throws
    {
        let other = #"{"A": "2"}"#
        #expect(try await fingerprint(Self.stays) != fingerprint(Self.stays, environment: other))
        #expect(try await fingerprint(Self.once) == fingerprint(Self.once, environment: other))
        let reads = Self.once.replacing("[Service]", "[Service]\\nEnvironmentFile=/etc/cocalc/project-host.env")
        #expect(try await fingerprint(reads) != fingerprint(reads, environment: other))
        #expect(try await fingerprint(Self.once) != fingerprint(reads))
    }

    @Test func `a drop-in that others wrote is part of what a unit runs with, one of all units is not`() async throws {
        let plain = try await fingerprint(Self.once)
        #expect(try await fingerprint(Self.once, dropIns: ["/etc/systemd/system/a.service.d/no-such.conf"]) != plain)
        #expect(try await fingerprint(Self.once, dropIns: ["/usr/lib/systemd/system/service.d/x.conf"]) == plain)
    }

    @Test func `a unit that names an address which nobody knows is no unit, and says why`() async throws {
        let unit = Self.stays.replacing("[Service]", "[Service]\\nEnvironment=IP=@PUBLIC_IP@")
        var host = try await host([unit])
        let specification = try #require(ServiceSpecification.all(host).first)
        host.publicAddress = PublicAddress(value: InternetAddress("8.8.8.8"))
        #expect(try await host.unitText(specification)?.contains("Environment=IP=8.8.8.8\n") == true)
        host.publicAddress = PublicAddress(trouble: Explanation("refused", hint: "ask again"))
        let refused = host
        let failure = await #expect(throws: StepFailure.self) { try await refused.unitText(specification) }
        #expect(failure?.explanation.summary == "@PUBLIC_IP@ is not known: refused")
        #expect(failure?.explanation.hint == "ask again")

        var other = try await self.host([with(#"{"x": "[Service]\nEnvironment=IP=@PUBLIC_IP@\n"}"#)])
        other.publicAddress = host.publicAddress
        let (unfilled, named) = (other, try #require(ServiceSpecification.all(other).first))
        await #expect(throws: StepFailure.self) { try await unfilled.unitText(named) }
    }

    @Test func `a drop-in of the config's is part of what a unit runs with, whether it is written yet or not`()
        async throws
    {
        let path = "/etc/systemd/system/a.service.d/x.conf"
        let one = with(#"{"x": "[Service]\nEnvironment=A=1\n"}"#)
        let plain = try await fingerprint(Self.once), first = try await fingerprint(one)
        #expect(first != plain)
        #expect(try await fingerprint(one, dropIns: [path]) == first)
        #expect(try await first != fingerprint(with(#"{"x": "[Service]\nEnvironment=A=2\n"}"#)))
        let reads = with(#"{"x": "[Service]\nEnvironmentFile=@ENVIRONMENT_FILE@\n"}"#), other = #"{"A": "2"}"#
        #expect(try await fingerprint(reads) != fingerprint(reads, environment: other))
    }

    @Test func `a package's unit stays as its package has it, but for what its drop-ins name`() async throws {
        let unit = #"{"unit": "a.service", "drop_ins": {"x": "[Service]\nNice=1\n"}}"#, other = #"{"A": "2"}"#
        #expect(try await fingerprint(unit) == fingerprint(unit, environment: other))
        let host = try await host([unit, Self.socket])
        let specification = try #require(ServiceSpecification.all(host).first)
        #expect(specification.isPackages && specification.isToRun)
        let step = try #require(try Steps.graph(for: host).steps.first { $0.id == "service-a" })
        #expect(step.wants(OwnedThing(.setting, "unit a.service boot")))
        #expect(!step.wants(OwnedThing(.setting, "unit b.service boot")))
        let files = try #require(try Steps.graph(for: host).steps.first { $0.id == UnitFiles.name })
        #expect(files.wants(OwnedThing(.file, "/etc/systemd/system/a.service.d/x.conf")))
        #expect(!files.wants(OwnedThing(.file, "/etc/systemd/system/a.service.d/y.conf")))
        // What was ours of that name, or masked, makes room for it.
        #expect(!files.wants(OwnedThing(.unit, "a.service")) && !files.wants(OwnedThing(.mask, "a.service")))
        #expect(files.wants(OwnedThing(.unit, "a.socket")))
    }

    private static let own = once.replacing("}", #", "scope": "user", "drop_ins": {"x": "[Service]\nNice=1\n"}}"#)

    @Test func `a unit of the user's own is owned by where it lies, has its folders, and makes its user linger`()
        async throws
    {
        let host = try await host([Self.own, Self.socket])
        let specification = try #require(ServiceSpecification.all(host).first), home = host.account.home
        let folder = "\(home)/.config/systemd/user"
        #expect(specification.path == "\(folder)/a.service" && specification.scope == host.userScope)
        #expect(specification.dropIns.map(\.wanted.path) == ["\(folder)/a.service.d/x.conf"])
        #expect(specification.dropIns.map(\.wanted.owner) == [host.account.user])
        let steps = try Steps.graph(for: host).steps
        let step = try #require(steps.first { $0.id == "user-service-a" })
        // The machine's socket of that name starts nothing of the user's.
        #expect(step.needs == ["unit-files"])
        #expect(try await host.starter(of: specification) == nil)
        let files = try #require(steps.first { $0.id == UnitFiles.name })
        #expect(files.needs.contains("users"))
        #expect(files.wants(OwnedThing(.unit, specification.path)) && !files.wants(OwnedThing(.unit, "a.service")))
        #expect(
            files.wants(OwnedThing(.folder, folder)) && files.wants(OwnedThing(.file, "\(specification.path).d/x.conf"))
        )
        let users = try #require(steps.first { $0.id == "users" })
        #expect(users.wants(OwnedThing(.account, "user nobody linger")))
        #expect(!users.wants(OwnedThing(.account, "user nobody")))
    }

    @Test func `without a unit of the user's own nobody is made to linger`() async throws {
        let steps = try Steps.graph(for: try await host([Self.once])).steps
        #expect(!steps.contains { $0.id == "users" })
        let files = try #require(steps.first { $0.id == UnitFiles.name })
        #expect(!files.wants(OwnedThing(.folder, "/nonexistent/.config/systemd/user")))
    }

    @Test(arguments: ["a.service", "/home/u/.config/systemd/user/a.service"])
    func `what is owned of a unit tells whose it is`(name: String) throws {
        let place = try #require(UnitPlace(name))
        #expect(place.name == name && place.unit.text == "a.service")
        #expect(place.path == UnitPlace.path(name) && (place.scope == .system) == !name.hasPrefix("/"))
        let dropIn = try #require(UnitPlace(ofDropIn: "\(place.path).d/x.conf"))
        #expect(dropIn.name == name)
    }

    @Test(arguments: [
        "/home/u/a.service", "/home/u/.config/systemd/user/a", "a", "/etc/systemd/system/a.service",
        "/home/u/.config/systemd/user/b/a.service", "",
    ])
    func `what lies elsewhere is no unit of ours`(name: String) { #expect(UnitPlace(name) == nil) }

    // MARK: A config's host

    private func with(_ dropIns: String) -> String { Self.once.replacing("}", #", "drop_ins": \#(dropIns)}"#) }

    private func host(_ units: [String], environment: String = "{}") async throws -> Host {
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "/srv/x", "host_id": "h", "environment": \(environment),
            "services": [\(units.joined(separator: ", "))]}
            """
        return try await Host.look(try HostConfiguration.load(Array(text.utf8), file: "host.json").get())
    }

    private func starter(of unit: String, _ units: [String]) async throws -> String? {
        let host = try await host(units)
        let specification = try #require(ServiceSpecification.all(host).first { $0.unit.text == unit })
        return try await host.starter(of: specification)?.text
    }

    private func fingerprint(
        _ unit: String, environment: String = #"{"A": "1"}"#, dropIns: [String] = []
    ) async throws -> String {
        let host = try await host([unit], environment: environment)
        return try await host.fingerprint(try #require(ServiceSpecification.all(host).first), dropIns: dropIns)
    }
}

extension String {
    fileprivate func replacing(_ old: String, _ new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return replacingCharacters(in: range, with: new)
    }

    private func replacingCharacters(in range: Range<Index>, with new: String) -> String {
        String(self[..<range.lowerBound]) + new + self[range.upperBound...]
    }
}

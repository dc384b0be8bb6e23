internal import CSystemd
internal import Glibc
public import Platform

/// A service that no file describes: systemd runs one program once, as a user, and then forgets it.
public struct TransientService: Sendable, Equatable {
    /// Its name, and what it is, for a person.
    public let name: UnitName, description: String
    /// What it runs: the program's path and its arguments.
    public let program: String, arguments: [String]
    /// As whom.
    public let user: String

    /// Describes one; the words of its command are taken as they are by the program, and by no shell.
    public init(_ name: UnitName, _ description: String, run program: String, _ arguments: [String], as user: String) {
        self.name = name
        self.description = description
        self.program = program
        self.arguments = arguments
        self.user = user
    }
}

extension SystemBus {
    /// Starts it, and waits until its program runs; the process's number, or nil when there is a unit of that name already.
    ///
    /// Stopping the unit stops the program alone, which then has ten minutes to end what it started in order.
    public func start(_ service: TransientService, stop: StopFlag) throws(SystemdError) -> Int32? {
        let name = service.name
        let job = try call(
            "StartTransientUnit", unit: name.text, ignoring: "org.freedesktop.systemd1.UnitExists"
        ) { message in
            // Unit, mode, properties, and no auxiliary units.
            let head = min(append(message, name.text), append(message, "fail"))
            let properties = container(message, "a", "(sv)") { fill(message, service) }
            return min(head, properties, container(message, "a", "(sa(sv))") { 0 })
        }
        guard job != nil else { return nil }
        try awaitJob(of: name, .seconds(120), stop)
        let main = try mainProcess(of: name)
        // systemd.exec(5): from 200 on it is systemd that could not run the program.
        guard main.process > 0, !(200..<256).contains(main.exitStatus) else {
            throw .refused(
                call: "StartTransientUnit", unit: name.text, name: "status \(main.exitStatus)",
                message: "systemd could not run \(service.program)")
        }
        return main.process
    }

    private func fill(_ message: OpaquePointer, _ service: TransientService) -> Int32 {
        let texts = [
            ("Description", service.description), ("Type", "exec"), ("User", service.user), ("KillMode", "mixed"),
            ("SyslogIdentifier", "host-bootstrap"), ("CollectMode", "inactive-or-failed"),
        ]
        let plain = texts.map { name, value in
            property(message, name, "s") { append(message, value) }
        }
        // It stays known as long as this connection lives, so that its process can be asked for even if it has ended.
        let reference = property(message, "AddRef", "b") { append(message, flag: true) }
        let patience = property(message, "TimeoutStopUSec", "t") {
            var microseconds: UInt64 = 600_000_000
            return sd_bus_message_append_basic(message, CChar(UInt8(ascii: "t")), &microseconds)
        }
        let command = property(message, "ExecStart", "a(sasb)") {
            container(message, "a", "(sasb)") {
                container(message, "r", "sasb") {
                    min(
                        append(message, service.program), append(message, list: [service.program] + service.arguments),
                        append(message, flag: false))
                }
            }
        }
        return (plain + [reference, patience, command]).min() ?? 0
    }

    private func property(
        _ message: OpaquePointer, _ name: String, _ type: String, _ value: () -> Int32
    ) -> Int32 {
        container(message, "r", "sv") { min(append(message, name), container(message, "v", type, value)) }
    }

    /// The body's or the calls' first error: a message that had one stays so, and is refused when it is sent.
    private func container(
        _ message: OpaquePointer, _ kind: UnicodeScalar, _ contents: String, _ body: () -> Int32
    ) -> Int32 {
        let opened = sd_bus_message_open_container(message, CChar(UInt8(ascii: kind)), contents)
        guard opened >= 0 else { return opened }
        return min(body(), sd_bus_message_close_container(message))
    }
}

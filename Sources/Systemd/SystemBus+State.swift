internal import CSystemd
internal import Glibc

/// Looking at units, which needs no rights.
extension SystemBus {
    /// The unit's state; a unit that nobody wrote is `not-found`.
    ///
    /// Whether it is enabled is what systemd last read, unless the links on the disk are asked for, too.
    public func state(of name: UnitName, withLinks: Bool = false) throws(SystemdError) -> UnitState {
        let unit = try UnitProperties(bus: bus, scope: scope, path: loadUnit(name), unit: name, of: "Unit")
        var state = UnitState()
        state.load = try unit.string("LoadState")
        state.loadError = try unit.error("LoadError")
        state.active = try unit.string("ActiveState")
        state.sub = try unit.string("SubState")
        state.file = try unit.string("UnitFileState")
        if withLinks, state.file == "enabled", (try? EnablementLinks(of: name, in: scope).areThere()) == false {
            state.file = "disabled"
        }
        let fragment = try unit.string("FragmentPath")
        // Where a mask leads to tells nothing of where it is.
        state.fragment = fragment == "/dev/null" ? "" : fragment
        state.dropIns = try unit.strings("DropInPaths")
        state.needsReload = try unit.number("NeedDaemonReload", "b", Int32(0)) != 0
        state.invocation = try unit.bytes("InvocationID").map(hexadecimal).joined()
        // One of several with `|` may fail and all of them hold.
        if try unit.number("ConditionResult", "b", Int32(0)) == 0 {
            state.unmetConditions = try unit.unmet("Conditions")
        }
        if try unit.number("AssertResult", "b", Int32(0)) == 0 { state.unmetAssertions = try unit.unmet("Asserts") }
        state.begunAt = try unit.number("InactiveExitTimestamp", "t", UInt64(0))
        state.triggers = try unit.strings("Triggers")
        state.triggeredBy = try unit.strings("TriggeredBy")
        state.requirements =
            try unit.strings("Requires") + unit.strings("Requisite") + unit.strings("BindsTo")
        try readKind(name, &state, unit.path)
        return state
    }

    /// The main process of a service, also when it has ended, and its exit code, 0 while it runs.
    func mainProcess(of name: UnitName) throws(SystemdError) -> (process: Int32, exitStatus: Int32) {
        let service = UnitProperties(bus: bus, scope: scope, path: try loadUnit(name), unit: name, of: "Service")
        return (
            Int32(bitPattern: try service.number("ExecMainPID", "u", UInt32(0))),
            try service.number("ExecMainStatus", "i", Int32(0))
        )
    }

    func pendingJob(_ path: String, _ unit: UnitName) throws(SystemdError) -> UInt32 {
        try UnitProperties(bus: bus, scope: scope, path: path, unit: unit, of: "Unit").job()
    }

    /// What only some kinds of unit have.
    private func readKind(_ name: UnitName, _ state: inout UnitState, _ path: String) throws(SystemdError) {
        let kinds = [
            ".service": "Service", ".socket": "Socket", ".timer": "Timer", ".path": "Path", ".mount": "Mount",
            ".swap": "Swap",
        ]
        guard let kind = kinds[name.suffix] else {
            // Nothing of it could go wrong.
            return state.result = "success"
        }
        let unit = UnitProperties(bus: bus, scope: scope, path: path, unit: name, of: kind)
        state.result = try unit.string("Result")
        switch kind {
        case "Service":
            state.type = try unit.string("Type")
            state.remainsAfterExit = try unit.number("RemainAfterExit", "b", Int32(0)) != 0
            state.restarts = try unit.number("NRestarts", "u", UInt32(0))
            state.exitReason = try unit.number("ExecMainCode", "i", Int32(0))
            state.exitStatus = try unit.number("ExecMainStatus", "i", Int32(0))
            state.startLimit = try unit.number("TimeoutStartUSec", "t", UInt64(0))
            state.stopLimit = try unit.number("TimeoutStopUSec", "t", UInt64(0))
            state.pidFile = try unit.string("PIDFile")
            state.busName = try unit.string("BusName")
        case "Socket", "Mount": state.startLimit = try unit.number("TimeoutUSec", "t", UInt64(0))
        default: break
        }
    }
}

private func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

/// One unit's properties on one of its interfaces.
///
/// It borrows the bus: it is used and gone within a call.
private struct UnitProperties {
    let bus: OpaquePointer
    let scope: UnitScope
    let path: String
    let unit: UnitName
    let interface: String

    init(bus: OpaquePointer, scope: UnitScope, path: String, unit: UnitName, of kind: String) {
        self.bus = bus
        self.scope = scope
        self.path = path
        self.unit = unit
        interface = "org.freedesktop.systemd1.\(kind)"
    }

    func string(_ name: String) throws(SystemdError) -> String {
        try read(name, "s") { text($0, "s") }
    }

    func strings(_ name: String) throws(SystemdError) -> [String] {
        try read(name, "as") { reply in
            array(of: "s", in: reply) {
                let text = text(reply, "s")
                return text.isEmpty ? nil : text
            }
        }
    }

    func bytes(_ name: String) throws(SystemdError) -> [UInt8] {
        try read(name, "ay") { reply in
            array(of: "y", in: reply) {
                var byte: UInt8 = 0
                return sd_bus_message_read_basic(reply, code("y"), &byte) > 0 ? byte : nil
            }
        }
    }

    func number<Number: FixedWidthInteger>(
        _ name: String, _ kind: UnicodeScalar, _ zero: Number
    ) throws(SystemdError) -> Number {
        try read(name, String(kind)) { reply in
            var value = zero
            sd_bus_message_read_basic(reply, CChar(UInt8(ascii: kind)), &value)
            return value
        }
    }

    /// The message of an error's name and message; empty when there was none.
    func error(_ name: String) throws(SystemdError) -> String {
        try read(name, "(ss)") { reply in
            sd_bus_message_enter_container(reply, code("r"), "ss")
            _ = text(reply, "s")
            return text(reply, "s")
        }
    }

    func job() throws(SystemdError) -> UInt32 {
        try read("Job", "(uo)") { reply in
            var number: UInt32 = 0
            sd_bus_message_enter_container(reply, code("r"), "uo")
            sd_bus_message_read_basic(reply, code("u"), &number)
            return number
        }
    }

    /// Conditions or assertions that were looked at and did not hold: name, `|` and `!` before the value, verdict.
    func unmet(_ name: String) throws(SystemdError) -> [String] {
        try read(name, "a(sbbsi)") { reply in
            let found: [String?] = array(of: "(sbbsi)", in: reply) {
                guard sd_bus_message_enter_container(reply, code("r"), "sbbsi") > 0 else { return nil }
                let name = text(reply, "s")
                var flags: (Int32, Int32) = (0, 0)
                var verdict: Int32 = 0
                sd_bus_message_read_basic(reply, code("b"), &flags.0)
                sd_bus_message_read_basic(reply, code("b"), &flags.1)
                let value = text(reply, "s")
                sd_bus_message_read_basic(reply, code("i"), &verdict)
                sd_bus_message_exit_container(reply)
                return .some(verdict < 0 ? "\(name)=\(flags.0 != 0 ? "|" : "")\(flags.1 != 0 ? "!" : "")\(value)" : nil)
            }
            return found.compactMap(\.self)
        }
    }

    // MARK: Messages

    private func read<Value>(
        _ name: String, _ type: String, _ take: (OpaquePointer) -> Value
    ) throws(SystemdError) -> Value {
        var error = sd_bus_error()
        var reply: OpaquePointer?
        defer {
            sd_bus_error_free(&error)
            sd_bus_message_unref(reply)
        }
        let result = sd_bus_get_property(bus, SystemBus.service, path, interface, name, &error, &reply, type)
        guard result >= 0, let reply else {
            throw SystemBus.failure(scope, name, unit.text, result, error)
        }
        return take(reply)
    }

    private func array<Element>(of type: String, in reply: OpaquePointer, _ next: () -> Element?) -> [Element] {
        guard sd_bus_message_enter_container(reply, code("a"), type) > 0 else { return [] }
        var elements: [Element] = []
        while let element = next() { elements.append(element) }
        return elements
    }

    private func text(_ reply: OpaquePointer, _ type: UnicodeScalar) -> String {
        var text: UnsafePointer<CChar>?
        guard sd_bus_message_read_basic(reply, code(type), &text) > 0, let text else { return "" }
        return String(cString: text)
    }

    private func code(_ type: UnicodeScalar) -> CChar { CChar(UInt8(ascii: type)) }
}

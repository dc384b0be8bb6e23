internal import CSystemd
internal import Glibc
public import Platform

/// A connection to systemd over the system bus.
///
/// Every call blocks; use one on one thread.
public struct SystemBus: ~Copyable {
    private let bus: OpaquePointer
    private static let service = "org.freedesktop.systemd1"
    private static let manager = "org.freedesktop.systemd1.Manager"
    private static let unit = "org.freedesktop.systemd1.Unit"

    /// Connects.
    public static func open() throws(SystemdError) -> SystemBus {
        var bus: OpaquePointer?
        let code = sd_bus_open_system(&bus)
        guard code >= 0, let bus else {
            throw .noBus(reason: SystemCallError("connect", "", code: -code).explanation.problem)
        }
        return SystemBus(bus: bus)
    }

    private init(bus: OpaquePointer) { self.bus = bus }

    deinit { sd_bus_flush_close_unref(bus) }

    // MARK: Looking, which needs no rights

    /// The unit's state; a unit that nobody wrote is `not-found`.
    public func state(of name: UnitName) throws(SystemdError) -> UnitState {
        let path = try loadUnit(name)
        let service = name.text.hasSuffix(".service")
        return UnitState(
            load: try string("LoadState", path, name), active: try string("ActiveState", path, name),
            sub: try string("SubState", path, name), file: try string("UnitFileState", path, name),
            needsReload: try number("NeedDaemonReload", path, name, kind: "b", Int32(0)) != 0,
            restarts: service
                ? try number(
                    "NRestarts", path, name, kind: "u", UInt32(0), interface: "org.freedesktop.systemd1.Service")
                : 0,
            activeSince: try number("ActiveEnterTimestamp", path, name, kind: "t", UInt64(0)))
    }

    // MARK: Acting, which is root's

    /// Reads all unit files anew.
    public func reload() throws(SystemdError) { try call("Reload", unit: "systemd") { _ in 0 } }

    /// Makes a unit start at boot.
    public func enable(_ name: UnitName) throws(SystemdError) {
        try call("EnableUnitFiles", unit: name.text) { message in
            min(append(message, list: [name.text]), append(message, flag: false), append(message, flag: true))
        }
    }

    /// Starts a unit and waits until its job has ended, well or not; look at its state then.
    ///
    /// Setting `stop` ends the waiting, not the job.
    public func start(_ name: UnitName, within limit: Duration, stop: StopFlag) throws(SystemdError) {
        try job("StartUnit", name, limit, stop)
    }

    /// Stops and starts a unit, and waits until its job has ended.
    ///
    /// Setting `stop` ends the waiting, not the job.
    public func restart(_ name: UnitName, within limit: Duration, stop: StopFlag) throws(SystemdError) {
        try call("ResetFailedUnit", unit: name.text, ignoring: "org.freedesktop.systemd1.NoSuchUnit") { message in
            append(message, name.text)
        }
        try job("RestartUnit", name, limit, stop)
    }

    // MARK: Calls

    private func job(
        _ method: String, _ name: UnitName, _ limit: Duration, _ stop: StopFlag
    ) throws(SystemdError) {
        try call(method, unit: name.text) { message in
            min(append(message, name.text), append(message, "replace"))
        }
        let path = try loadUnit(name)
        let deadline = ContinuousClock.now + limit
        while try pendingJob(path, name) != 0 {
            guard ContinuousClock.now < deadline else {
                throw .slow(unit: name.text, seconds: limit.milliseconds / 1000)
            }
            if stop.isSet { throw .notAwaited(unit: name.text) }
            usleep(20_000)
        }
    }

    private func append(_ message: OpaquePointer, _ text: String) -> Int32 {
        text.withCString { sd_bus_message_append_basic(message, CChar(UInt8(ascii: "s")), $0) }
    }

    private func append(_ message: OpaquePointer, flag: Bool) -> Int32 {
        var value: Int32 = flag ? 1 : 0
        return sd_bus_message_append_basic(message, CChar(UInt8(ascii: "b")), &value)
    }

    private func append(_ message: OpaquePointer, list: [String]) -> Int32 {
        var pointers = list.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return sd_bus_message_append_strv(message, &pointers)
    }

    @discardableResult
    private func call(
        _ method: String, unit: String, ignoring ignored: String? = nil,
        _ fill: (OpaquePointer) -> Int32
    ) throws(SystemdError) -> String? {
        var message: OpaquePointer?
        var error = sd_bus_error()
        var reply: OpaquePointer?
        defer {
            sd_bus_error_free(&error)
            sd_bus_message_unref(message)
            sd_bus_message_unref(reply)
        }
        var code = sd_bus_message_new_method_call(
            bus, &message, Self.service, "/org/freedesktop/systemd1", Self.manager, method)
        guard code >= 0, let message else { throw failure(method, unit, code, error) }
        code = fill(message)
        guard code >= 0 else { throw failure(method, unit, code, error) }
        code = sd_bus_call(bus, message, 90_000_000, &error, &reply)
        if code < 0 {
            if let name = error.name, String(cString: name) == ignored { return nil }
            throw failure(method, unit, code, error)
        }
        var text: UnsafePointer<CChar>?
        guard sd_bus_message_read_basic(reply, CChar(UInt8(ascii: "o")), &text) > 0, let text else { return nil }
        return String(cString: text)
    }

    private func loadUnit(_ name: UnitName) throws(SystemdError) -> String {
        let path = try call("LoadUnit", unit: name.text) { message in append(message, name.text) }
        guard let path else {
            throw .refused(call: "LoadUnit", unit: name.text, name: "no answer", message: "systemd named no object")
        }
        return path
    }

    private func string(_ property: String, _ path: String, _ unit: UnitName) throws(SystemdError) -> String {
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        var value: UnsafeMutablePointer<CChar>?
        let code = sd_bus_get_property_string(bus, Self.service, path, Self.unit, property, &error, &value)
        guard code >= 0, let value else { throw failure(property, unit.text, code, error) }
        defer { free(value) }
        return String(cString: value)
    }

    private func number<Number: FixedWidthInteger>(
        _ property: String, _ path: String, _ unit: UnitName, kind: UnicodeScalar, _ zero: Number,
        interface: String = SystemBus.unit
    ) throws(SystemdError) -> Number {
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        var value = zero
        let code = sd_bus_get_property_trivial(
            bus, Self.service, path, interface, property, &error, CChar(UInt8(ascii: kind)), &value)
        guard code >= 0 else { throw failure(property, unit.text, code, error) }
        return value
    }

    private func pendingJob(_ path: String, _ unit: UnitName) throws(SystemdError) -> UInt32 {
        var error = sd_bus_error()
        var reply: OpaquePointer?
        defer {
            sd_bus_error_free(&error)
            sd_bus_message_unref(reply)
        }
        let code = sd_bus_get_property(bus, Self.service, path, Self.unit, "Job", &error, &reply, "(uo)")
        guard code >= 0 else { throw failure("Job", unit.text, code, error) }
        var number: UInt32 = 0
        sd_bus_message_enter_container(reply, CChar(UInt8(ascii: "r")), "uo")
        sd_bus_message_read_basic(reply, CChar(UInt8(ascii: "u")), &number)
        return number
    }

    private func failure(_ call: String, _ unit: String, _ code: Int32, _ error: sd_bus_error) -> SystemdError {
        .refused(
            call: call, unit: unit, name: error.name.map { String(cString: $0) } ?? "\(-code)",
            message: error.message.map { String(cString: $0) }
                ?? SystemCallError("", "", code: -code).explanation.problem)
    }
}

internal import CSystemd
internal import Glibc
public import Platform

/// A connection to systemd: to the machine's over the system bus, to a user's over that user's own.
///
/// Every call blocks; use one on one thread.
public struct SystemBus: ~Copyable {
    let bus: OpaquePointer
    let scope: UnitScope
    /// Who asks is known to it by name: not so where there is no bus between the two.
    private let isBus: Bool
    static let service = "org.freedesktop.systemd1"
    private static let manager = "org.freedesktop.systemd1.Manager"

    /// Connects.
    public static func open() throws(SystemdError) -> SystemBus {
        var bus: OpaquePointer?
        let code = sd_bus_open_system(&bus)
        guard code >= 0, let bus else {
            throw .noBus(reason: SystemCallError("connect", "", code: -code).explanation.problem)
        }
        return SystemBus(bus: bus, scope: .system, isBus: true)
    }

    /// Connects to a user's own systemd, or to the machine's.
    ///
    /// Whether the environment tells of a session is no matter: who runs by sudo, cron or cloud-init has none.
    public static func open(_ scope: UnitScope) throws(SystemdError) -> SystemBus {
        var last = ENOENT
        if scope == .system { return try open() }
        for socket in scope.sockets {
            var bus: OpaquePointer?
            var code = sd_bus_new(&bus)
            if let bus, code >= 0 {
                code = sd_bus_set_address(bus, "unix:path=\(socket.path)")
                if code >= 0, socket.isBus { code = sd_bus_set_bus_client(bus, 1) }
                if code >= 0 { code = sd_bus_start(bus) }
                // While a user's systemd begins, its bus may be there before it is on that itself.
                if code >= 0, socket.isBus { code = sd_bus_get_name_creds(bus, service, 0, nil) }
                if code >= 0 { return SystemBus(bus: bus, scope: scope, isBus: socket.isBus) }
                sd_bus_flush_close_unref(bus)
            }
            if -code != ENOENT { last = -code }
        }
        throw noUserSystemd(scope, last)
    }

    private static func noUserSystemd(_ scope: UnitScope, _ code: Int32) -> SystemdError {
        .noUserSystemd(
            manager: scope.process?.text ?? "", reason: SystemCallError("connect", "", code: code).explanation.problem)
    }

    private init(bus: OpaquePointer, scope: UnitScope, isBus: Bool) {
        self.bus = bus
        self.scope = scope
        self.isBus = isBus
    }

    deinit { sd_bus_flush_close_unref(bus) }

    // MARK: Acting, which is root's

    /// Reads all unit files anew.
    public func reload() throws(SystemdError) { try call("Reload", unit: "systemd") { _ in 0 } }

    /// Makes a unit start at boot, and lets systemd read all units anew, as systemctl(1) does.
    ///
    /// From version 255 on (seen with 255.4 and 257.13, not with 252) systemd says of every unit until then that it is not read.
    public func enable(_ name: UnitName) throws(SystemdError) {
        try call("EnableUnitFiles", unit: name.text) { message in
            min(append(message, list: [name.text]), append(message, flag: false), append(message, flag: true))
        }
        try reload()
    }

    /// Makes a unit start at boot no more; ``reload()`` lets systemd know it.
    public func disable(_ name: UnitName) throws(SystemdError) {
        try call("DisableUnitFiles", unit: name.text, ignoring: "org.freedesktop.systemd1.NoSuchUnit") { message in
            min(append(message, list: [name.text]), append(message, flag: false))
        }
    }

    /// Forgets how a unit ended.
    public func resetFailed(_ name: UnitName) throws(SystemdError) {
        try call("ResetFailedUnit", unit: name.text, ignoring: "org.freedesktop.systemd1.NoSuchUnit") { message in
            append(message, name.text)
        }
    }

    /// Starts a unit and waits until its job has ended, well or not; one that is being started already is waited for.
    ///
    /// Setting `stop` ends the waiting, not the job.
    public func start(_ name: UnitName, stop: StopFlag) throws(SystemdError) -> UnitStart {
        try begin("StartUnit", name, stop)
    }

    /// Stops and starts a unit, and waits until its job has ended.
    ///
    /// Setting `stop` ends the waiting, not the job.
    public func restart(_ name: UnitName, stop: StopFlag) throws(SystemdError) -> UnitStart {
        try begin("RestartUnit", name, stop)
    }

    /// Stops a unit and waits until its job has ended; one that is not loaded is stopped.
    ///
    /// Setting `stop` ends the waiting, not the job.
    public func stop(_ name: UnitName, stop: StopFlag) throws(SystemdError) {
        let before = try state(of: name)
        // One with a bad setting is known, and not loaded.
        guard before.load == "loaded" || before.active != "inactive" else { return }
        try job("StopUnit", name, jobLimit(before), stop)
    }

    // MARK: Calls

    private func begin(_ method: String, _ name: UnitName, _ stop: StopFlag) throws(SystemdError) -> UnitStart {
        // systemd forgets how a unit ended that nobody refers to: what came of this start is asked for below.
        if isBus { try call("RefUnit", unit: name.text) { message in append(message, name.text) } }
        let before = try state(of: name)
        let begin = JournalSpan.now(without: before.invocation)
        // Failures from before count towards StartLimitBurst=, and whoever repaired the unit would be refused.
        try resetFailed(name)
        try job(method, name, jobLimit(before), stop)
        let after = try state(of: name)
        let hasBegun = !after.invocation.isEmpty && after.invocation != before.invocation
        // One that was being started already goes on in the invocation it had.
        let isJoined = before.active == "activating" && after.invocation == before.invocation
        // Without a bus nobody can refer to a unit: what did its work and was wanted by nothing is forgotten by now.
        var isForgotten = !isBus && after.invocation.isEmpty && after.endsByItself && after.active == "inactive"
        if isForgotten { isForgotten = try failed(of: after.requirements).isEmpty }
        return UnitStart(
            state: after, hasBegun: hasBegun || isJoined || isForgotten,
            journal: isJoined ? JournalSpan(since: begin.since, without: "") : begin)
    }

    /// Those of some units that failed, which systemd does not forget by itself.
    private func failed(of units: [String]) throws(SystemdError) -> [String] {
        var found: [String] = []
        for text in units {
            if let name = try? UnitName(text), try state(of: name).active == "failed" { found.append(text) }
        }
        return found
    }

    /// How long a unit's job may last: what its unit file grants, and time for what it waits for; nil is without end.
    private func jobLimit(_ state: UnitState) -> Duration? {
        let (sum, isEndless) = state.startLimit.addingReportingOverflow(state.stopLimit)
        // TimeoutStartSec=infinity; a oneshot has it unless it says otherwise.
        guard !isEndless, sum < UInt64(Int64.max) else { return nil }
        return .microseconds(Int64(sum)) + .seconds(90)
    }

    private func job(
        _ method: String, _ name: UnitName, _ limit: Duration?, _ stop: StopFlag
    ) throws(SystemdError) {
        try call(method, unit: name.text) { message in
            min(append(message, name.text), append(message, "replace"))
        }
        try awaitJob(of: name, limit, stop)
    }

    func awaitJob(of name: UnitName, _ limit: Duration?, _ stop: StopFlag) throws(SystemdError) {
        let path = try loadUnit(name)
        let begin = ContinuousClock.now
        while try pendingJob(path, name) != 0 {
            if let limit, ContinuousClock.now - begin > limit {
                throw .slow(unit: name.text, seconds: limit.milliseconds / 1000)
            }
            if stop.isSet { throw .notAwaited(unit: name.text) }
            usleep(20_000)
        }
    }

    func append(_ message: OpaquePointer, _ text: String) -> Int32 {
        text.withCString { sd_bus_message_append_basic(message, CChar(UInt8(ascii: "s")), $0) }
    }

    func append(_ message: OpaquePointer, flag: Bool) -> Int32 {
        var value: Int32 = flag ? 1 : 0
        return sd_bus_message_append_basic(message, CChar(UInt8(ascii: "b")), &value)
    }

    func append(_ message: OpaquePointer, list: [String]) -> Int32 {
        var pointers = list.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return sd_bus_message_append_strv(message, &pointers)
    }

    @discardableResult
    func call(
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
        guard code >= 0, let message else { throw Self.failure(scope, method, unit, code, error) }
        code = fill(message)
        guard code >= 0 else { throw Self.failure(scope, method, unit, code, error) }
        code = sd_bus_call(bus, message, 90_000_000, &error, &reply)
        if code < 0 {
            if let name = error.name, String(cString: name) == ignored { return nil }
            throw Self.failure(scope, method, unit, code, error)
        }
        var text: UnsafePointer<CChar>?
        guard sd_bus_message_read_basic(reply, CChar(UInt8(ascii: "o")), &text) > 0, let text else { return nil }
        return String(cString: text)
    }

    func loadUnit(_ name: UnitName) throws(SystemdError) -> String {
        let path = try call("LoadUnit", unit: name.text) { message in append(message, name.text) }
        guard let path else {
            throw .refused(call: "LoadUnit", unit: name.text, name: "no answer", message: "systemd named no object")
        }
        return path
    }

    /// What a call that failed tells of the systemd behind it.
    static func failure(
        _ scope: UnitScope, _ call: String, _ unit: String, _ code: Int32, _ error: sd_bus_error
    ) -> SystemdError {
        // A user's own may end at any time, as it does when the last session and lingering are gone.
        if scope != .system, [ECONNRESET, ENOTCONN, EPIPE].contains(-code) { return noUserSystemd(scope, -code) }
        return .refused(
            call: call, unit: unit, name: error.name.map { String(cString: $0) } ?? "\(-code)",
            message: error.message.map { String(cString: $0) }
                ?? SystemCallError("", "", code: -code).explanation.problem)
    }
}

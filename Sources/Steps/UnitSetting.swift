import Engine
internal import Glibc
import Platform
import Privileged
import Systemd

/// What a unit of a package's was before the config had it otherwise, as a setting that is owned.
struct UnitSetting: Sendable {
    enum Aspect: String, CaseIterable {
        /// Whether it starts when the host does.
        case boot
        /// Whether it runs now.
        case activity

        func value(_ isOn: Bool) -> String {
            switch self {
            case .boot: isOn ? "enabled" : "disabled"
            case .activity: isOn ? "active" : "inactive"
            }
        }
    }

    let unit: UnitName
    let aspect: Aspect

    init(_ unit: UnitName, _ aspect: Aspect) {
        self.unit = unit
        self.aspect = aspect
    }

    /// Reads ``text``; nil for anything else.
    init?(_ text: String) {
        let words = text.parts(at: " ").map(String.init)
        guard words.count == 3, words[0] == "unit", let unit = try? UnitName(words[1]),
            let aspect = Aspect(rawValue: words[2])
        else { return nil }
        self.init(unit, aspect)
    }

    var text: String { "unit \(unit) \(aspect.rawValue)" }

    /// How it stands; nil when that is nothing to set: there is no such unit, or it has no [Install], or ends by itself.
    func value(in state: UnitState) -> String? {
        guard state.load == "loaded" else { return nil }
        switch aspect {
        case .boot: return ["enabled", "disabled"].contains(state.file) ? state.file : nil
        case .activity:
            return state.endsByItself ? nil : aspect.value(!["inactive", "failed"].contains(state.active))
        }
    }

    /// Looks.
    ///
    /// Blocks.
    func current() throws(SystemCallError) -> String? {
        do throws(SystemdError) { return value(in: try SystemBus.open().state(of: unit, withLinks: true)) } catch {
            throw SystemCallError("ask systemd for", unit.text, code: EIO)
        }
    }

    /// Makes it as it was: `before` is a value that it had.
    func restore(_ before: String, by helper: PrivilegedHelper) async throws(PrivilegedError) {
        switch (aspect, before) {
        case (.boot, aspect.value(true)): try await helper.enable(unit)
        case (.boot, _): try await helper.disable(unit)
        case (.activity, aspect.value(true)): _ = try await helper.start(unit)
        case (.activity, _): try await helper.stop(unit)
        }
    }
}

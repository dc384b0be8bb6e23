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

    let place: UnitPlace
    let aspect: Aspect
    var unit: UnitName { place.unit }

    init(_ place: UnitPlace, _ aspect: Aspect) {
        self.place = place
        self.aspect = aspect
    }

    /// Reads ``text``; nil for anything else.
    init?(_ text: String) {
        let words = text.parts(at: " ").map(String.init)
        // A user's home may be called by more than one word.
        guard words.count >= 3, words[0] == "unit", let aspect = Aspect(rawValue: words[words.count - 1]),
            let place = UnitPlace(words[1..<words.count - 1].joined(separator: " "))
        else { return nil }
        self.init(place, aspect)
    }

    var text: String { "unit \(place.name) \(aspect.rawValue)" }

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
        do throws(SystemdError) {
            return value(in: try SystemBus.open(place.scope).state(of: unit, withLinks: true))
        } catch {
            // Nothing is set where no systemd of the user's runs.
            if case .noUserSystemd = error { return nil }
            throw SystemCallError("ask systemd for", unit.text, code: EIO)
        }
    }

    /// Makes it as it was: `before` is a value that it had.
    func restore(_ before: String, by helper: PrivilegedHelper) async throws(StepFailure) {
        let manager = place.scope.commanded(by: helper)
        switch (aspect, before) {
        case (.boot, aspect.value(true)): try await manager.enable(unit)
        case (.boot, _): try await manager.disable(unit)
        case (.activity, aspect.value(true)): _ = try await manager.start(unit)
        case (.activity, _): try await manager.stop(unit)
        }
    }
}

import Engine
import Platform
import Systemd

/// What earlier configs of this host asked for and this one asks for no more, in the reverse order of need.
struct Orphans: Sendable {
    let things: [OwnedThing]

    /// Nothing.
    static let none = Orphans(nil, notWantedBy: [])

    /// Takes what the receipt says is owned, and the steps of the config in force.
    init(_ receipt: Receipt?, notWantedBy steps: [any Step]) {
        var things: [OwnedThing] = []
        for (name, entry) in Self.inReverse(receipt?.steps ?? [:]) {
            for thing in (entry.owned ?? Self.older(name, entry)).reversed()
            where !steps.contains(where: { $0.wants(thing) }) {
                // What one step made, the steps after it found there.
                if let index = things.firstIndex(where: thing.isSame) {
                    guard things[index].before != nil, thing.before == nil else { continue }
                    things.remove(at: index)
                }
                things.append(thing)
            }
        }
        self.things = things
    }

    /// All that the receipt says is owned.
    init(all receipt: Receipt) { self.init(receipt, notWantedBy: []) }

    /// Those that are taken away before the steps whose place they may be in.
    var early: [OwnedThing] { things.filter(Self.isEarly) }
    /// Those that may be in use until the last service runs as the config says.
    ///
    /// A package that was taken away is nothing that could go; only an uninstallation tells of it.
    var late: [OwnedThing] { things.filter { !Self.isEarly($0) && $0.kind != .absence } }

    /// Two units have one place, what a unit runs with is there before it is started, and two of apt's sources that name one
    /// place with two keys make apt read none.
    private static func isEarly(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .unit, .mask: true
        case .setting: UnitSetting(thing.name) != nil
        default: AptSource.isFile(thing.name) || DropInFile(owned: thing.name) != nil
        }
    }

    /// The units of a step that was run before ownership was written down: nobody knows what their files held.
    static func older(_ step: String, _ entry: Receipt.Entry) -> [OwnedThing] {
        if step == UnitFiles.name.name { return UnitFiles.masks(entry.facts).map { OwnedThing(.mask, $0.text) } }
        guard entry.facts[Service.fact] != nil, let unit = ServiceSpecification.unit(ofStep: step) else { return [] }
        return [OwnedThing(.unit, unit.text)]
    }

    /// The entries so that each comes before all that it needed.
    private static func inReverse(_ steps: [String: Receipt.Entry]) -> [(String, Receipt.Entry)] {
        var order: [String] = []
        var seen: Set<String> = []
        func visit(_ name: String) {
            guard seen.insert(name).inserted, let entry = steps[name] else { return }
            for need in entry.needs.map(\.name).sorted() { visit(need) }
            order.append(name)
        }
        for name in steps.keys.sorted() { visit(name) }
        return order.reversed().compactMap { name in steps[name].map { (name, $0) } }
    }
}

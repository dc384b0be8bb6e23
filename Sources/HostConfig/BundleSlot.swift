import JSON

/// A bundle that hosts are to have, whatever their architecture.
public struct BundleSlot: Sendable, Equatable {
    /// Its name: that of its folder beneath `bundles`, and of its step behind `bundle-`.
    public let name: String
    /// Where it comes from, by architecture.
    let sources: [Architecture: BundleSource]

    /// Each source once.
    var distinct: [BundleSource] {
        Architecture.allCases.compactMap { sources[$0] }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Where a host of an architecture has it from; nil: such a host does without.
    public func source(for architecture: Architecture) -> BundleSource? { sources[architecture] }
}

extension BundleSlot {
    /// One that is the same for every architecture; nil when there is no source.
    init?(_ source: BundleSource?) {
        guard let source else { return nil }
        self.init(
            name: source.name, sources: Dictionary(uniqueKeysWithValues: Architecture.allCases.map { ($0, source) }))
    }

    /// Reads an entry of `bundles`.
    static func read(_ name: String, _ field: Field) -> BundleSlot? {
        if field.value["architectures"] != nil { return readEach(name, field) }
        return BundleSlot(BundleSource.read(field, name: name, isListed: false))
    }

    private static func readEach(_ name: String, _ field: Field) -> BundleSlot? {
        let known = BundleSource.settingNames + BundleSource.placeNames + BundleSource.namedNames
        guard let fields = field.fields(known), let each = fields["architectures"] else { return nil }
        for place in BundleSource.placeNames where place != "version" && fields[place] != nil {
            fields.contradiction(
                at: fields[place], "\"architectures\" says where each comes from; put it there, or leave those out")
        }
        let places = each.fields(Architecture.allCases.map(\.rawValue), expected: "an object keyed by architecture")
        guard let places else { return nil }
        let given = Architecture.allCases.filter { places[$0.rawValue] != nil }
        if given.isEmpty { places.contradiction(at: nil, "there is none for any architecture") }
        let sources = given.compactMap { architecture -> (Architecture, BundleSource)? in
            guard let place = places[architecture.rawValue],
                let source = BundleSource.read(place: place, settings: fields, name: name)
            else { return nil }
            return (architecture, source)
        }
        return BundleSlot(name: name, sources: Dictionary(sources, uniquingKeysWith: { $1 }))
    }
}

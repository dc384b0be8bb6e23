/// Who needs whom among what one bundle requires.
enum RequirementNeeds {
    /// The first thing that is wrong, in words; nil when nothing is.
    static func trouble(_ terms: [RequirementTerms]) -> String? {
        var indices: [String: Int] = [:]
        for (index, name) in terms.enumerated().compactMap({ entry in entry.element.name.map { (entry.offset, $0) } }) {
            guard ManifestRules.isPlain(name) else { return "the requirement \"\(name)\" has no plain name" }
            guard indices.updateValue(index, forKey: name) == nil else {
                return "two requirements are called \"\(name)\""
            }
        }
        for term in terms {
            guard let unknown = (term.needs ?? []).first(where: { indices[$0] == nil }) else { continue }
            return "\(words(term)) needs \"\(unknown)\", as which no requirement is called"
        }
        return ring(terms, indices)
    }

    /// Takes away whoever needs nobody that is left: those that stay need each other in a ring.
    private static func ring(_ terms: [RequirementTerms], _ indices: [String: Int]) -> String? {
        var missing = terms.map { Set($0.needs ?? []).count }
        var needers: [[Int]] = Array(repeating: [], count: terms.count)
        for (index, term) in terms.enumerated() {
            for need in Set(term.needs ?? []) { if let other = indices[need] { needers[other].append(index) } }
        }
        var free = terms.indices.filter { missing[$0] == 0 }
        var left = terms.count
        while let next = free.popLast() {
            left -= 1
            for needer in needers[next] {
                missing[needer] -= 1
                if missing[needer] == 0 { free.append(needer) }
            }
        }
        guard left > 0, var place = terms.indices.first(where: { missing[$0] > 0 }) else { return nil }
        // Each that is left needs one that is left: going from need to need must come back.
        var seen: [Int] = []
        while !seen.contains(place) {
            seen.append(place)
            let next = (terms[place].needs ?? []).lazy.compactMap { indices[$0] }.first { missing[$0] > 0 }
            guard let next else { return nil }
            place = next
        }
        let ring = seen.drop { $0 != place } + [place]
        return "requirements need each other: \(ring.map { words(terms[$0]) }.joined(separator: " needs "))"
    }

    private static func words(_ term: RequirementTerms) -> String { term.name.map { "\"\($0)\"" } ?? "a requirement" }
}

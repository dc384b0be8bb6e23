import Glibc
import JSON
import Platform

/// What reading JSON promises, whatever the bytes are.
enum JSONPromises {
    /// The promise that these bytes break; nil when they break none.
    ///
    /// `path` is that of a file which may be written over.
    static func broken(by bytes: [UInt8], file path: String) throws(SystemCallError) -> String? {
        let strict = Result { () throws(JSONError) in try JSONNode(bytes) }
        let passedOver = Result { () throws(JSONError) in
            var reader = JSONReader(bytes)
            try reader.skip()
            try reader.finish()
        }
        guard error(strict) == error(passedOver) else { return "a value is read and passed over in different ways" }
        if let broken = survey(bytes, strict) { return broken }
        if let broken = try windows(bytes, strict, path) { return broken }
        switch strict {
        case .success(let node): return copy(bytes, node)
        case .failure(let error):
            return error.explanation.problem.isEmpty || error.explanation.hint.isEmpty ? "an error without words" : nil
        }
    }

    private static func error<Value>(_ result: Result<Value, JSONError>) -> JSONError? {
        if case .failure(let error) = result { error } else { nil }
    }

    /// Going on after mistakes finds the first one where strict reading does, and none where that finds none.
    private static func survey(_ bytes: [UInt8], _ strict: Result<JSONNode, JSONError>) -> String? {
        let (node, mistakes, _) = JSONNode.survey(bytes)
        guard mistakes.allSatisfy({ (0...bytes.count).contains($0.offset) && !$0.problem.words.isEmpty }) else {
            return "a mistake is outside of the text"
        }
        switch strict {
        case .success(let read): return mistakes.isEmpty && read == node ? nil : "a mistake in what is good"
        case .failure(.malformed(.duplicateName, _)): return nil
        case .failure(.malformed(let problem, _)):
            return mistakes.first?.problem == problem ? nil : "another mistake than the first"
        case .failure: return "an error that is none of a text"
        }
    }

    /// A file of which only a part is held says the same.
    private static func windows(
        _ bytes: [UInt8], _ strict: Result<JSONNode, JSONError>, _ path: String
    ) throws(SystemCallError) -> String? {
        do {
            let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC)
            try writeAll(file.number, bytes, path)
        }
        for window in [1, 7] {
            var reader = try JSONReader.file(path, window: window)
            let result = Result { () throws(JSONError) in
                let node = try reader.node()
                try reader.finish()
                return node
            }
            switch (result, strict) {
            // The line where a bracket was opened may be gone.
            case (
                .failure(.malformed(.unclosed(let one, _), let here)),
                .failure(.malformed(.unclosed(let other, _), let there))
            ):
                guard one == other, here == there else { return "another mistake in a file" }
            case (.success(let node), .success(let other)):
                guard node == other else { return "another value in a file" }
            default: guard error(result) == error(strict) else { return "another answer in a file" }
            }
        }
        return nil
    }

    /// What is copied is one line, says the same, and is copied as it is.
    private static func copy(_ bytes: [UInt8], _ node: JSONNode) -> String? {
        do throws(JSONError) {
            var copy: [UInt8] = [], again: [UInt8] = []
            var reader = JSONReader(bytes)
            try reader.copy(to: &copy)
            var second = JSONReader(copy)
            try second.copy(to: &again)
            guard copy == again, !copy.contains(where: { $0 < 0x20 }) else { return "a copy is not as it should be" }
            guard rewritten(try JSONNode(copy)) == rewritten(node) else { return "a copy says something else" }
            return rewritten(try JSONNode(rewritten(node))) == rewritten(node)
                ? nil : "what is written says something else"
        } catch {
            return "a copy is no JSON"
        }
    }

    /// The node, written by our own writer.
    private static func rewritten(_ node: JSONNode) -> [UInt8] {
        switch node.kind {
        case .null, .invalid: return Array("null".utf8)
        case .boolean(let value): return Array((value ? "true" : "false").utf8)
        case .number(let digits): return Array(digits.utf8)
        case .string(let text): return JSONValue.string(text).encoded()
        case .array(let values):
            return [UInt8(ascii: "[")] + values.map { rewritten($0) }.joined(separator: ",".utf8) + [UInt8(ascii: "]")]
        case .object(let members):
            let parts = members.map { JSONValue.string($0.name).encoded() + [UInt8(ascii: ":")] + rewritten($0.value) }
            return [UInt8(ascii: "{")] + parts.joined(separator: ",".utf8) + [UInt8(ascii: "}")]
        }
    }
}

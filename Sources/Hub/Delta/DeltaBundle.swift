internal import Archives
internal import Compression
internal import Platform

/// An uploaded bundle, unpacked into a folder of its own, its operations read and every hash checked.
struct DeltaBundle {
    /// As many files or operations as one may have.
    static let mostEntries = 200_000

    let manifest: DeltaManifest
    let operations: [DeltaOperation]

    /// Unpacks and checks all of it.
    ///
    /// Blocks. `folder` is empty, and the caller's to remove.
    static func read(_ file: String, into folder: String, most bytes: Int64) throws(DeltaError) -> DeltaBundle {
        try unpack(file, into: folder, most: bytes)
        let top = try top(in: folder)
        let manifest = try DeltaMetadata.manifest("\(top)/manifest.json")
        let wire = try DeltaMetadata.operations("\(top)/metadata/operations.json")
        let hashes = try DeltaMetadata.hashes("\(top)/metadata/hashes.json")
        var operations: [DeltaOperation] = []
        for operation in wire {
            operations.append(try operation.checked(payloads: "\(top)/files", hashes: hashes))
        }
        return DeltaBundle(manifest: manifest, operations: operations)
    }

    private static func unpack(_ file: String, into folder: String, most bytes: Int64) throws(DeltaError) {
        do throws(ArchiveError) {
            let input: GrowingFile
            do throws(SystemCallError) { input = try GrowingFile.complete(file) } catch { throw .disk(error) }
            var limits = Unpacker.Limits(bytes: bytes)
            limits.entries = mostEntries
            limits.links = false
            try Unpacker(input, name: "the bundle", into: folder, limits: limits).run(nil)
        } catch {
            if case .disk(let error) = error { throw DeltaError(error) }
            throw .refused(error.explanation.summary)
        }
    }

    /// Everything lies in one folder, or at the top itself.
    private static func top(in folder: String) throws(DeltaError) -> String {
        if try onDisk({ () throws(SystemCallError) in try FileStatus.of("\(folder)/manifest.json") }) != nil {
            return folder
        }
        let names = try onDisk { () throws(SystemCallError) in try Folders.names(in: folder) }
        guard names.count == 1 else { throw .refused("the bundle has no manifest.json") }
        return "\(folder)/\(names[0])"
    }
}

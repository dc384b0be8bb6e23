import Bundles
import Engine
internal import Glibc
import HostConfig
import Platform

extension FileSettings {
    /// The bundle that it comes from; nil for what the config holds itself.
    var bundle: String? {
        guard case .bundle(let name, _) = content else { return nil }
        return name
    }
}

extension Host {
    /// What a file of the config's is to hold; nil as long as the bundle that it comes from is not installed.
    func content(_ file: FileSettings) async throws(StepFailure) -> [UInt8]? {
        switch file.content {
        case .text(let text): return Array(try filled(text).utf8)
        case .secret(let secret): return Array("\(try value(of: secret, .text))\n".utf8)
        case .bundle(let name, let source):
            guard let bundle = bundles.first(where: { $0.name == name }),
                let version = try await installed(bundle).record?.version
            else { return nil }
            return try await content(of: source, in: store.folder(name, version))
        }
    }

    /// A bundle's own file, and not what a link in it leads to.
    private func content(of source: String, in folder: String) async throws(StepFailure) -> [UInt8] {
        let limit = FileSettings.sizeLimit
        let content = try await onDisk { () throws(SystemCallError) -> [UInt8]? in
            let top = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
            let path = "\(folder)/\(source)"
            do throws(SystemCallError) {
                let file = try top.openBeneath(source, O_RDONLY | O_NONBLOCK)
                guard try FileStatus.of(file, path: path).kind == .file else { return nil }
                return try file.readAll(limit: limit, path: path)
            } catch  where error.isMissing || error.code == ELOOP {
                return nil
            }
        }
        if let content { return content }
        throw StepFailure(
            Explanation(
                "is no file of at most \(limit >> 10) KiB that the bundle holds", at: "\(folder)/\(source)",
                hint:
                    "name another \"source\" in \"files\": ls -R \(ShellWord.plain(folder)) shows what the bundle holds"
            ))
    }
}

import Platform

/// The repository's working tree, whose files some tests read.
public enum Checkout {
    /// Its folder.
    public static let folder = Files.folder(of: Files.folder(of: Files.folder(of: #filePath)))
}

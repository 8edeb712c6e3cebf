namespace StellarPipeline.Archive.Transport;

/// <summary>What is known of a file before it is read.</summary>
/// <param name="IsFound">False when the archive has no such file.</param>
/// <param name="Bytes">Its stored (compressed) size in bytes; null when there is no file, or when the server does not say.</param>
public readonly record struct ArchiveFileSize(bool IsFound, long? Bytes);

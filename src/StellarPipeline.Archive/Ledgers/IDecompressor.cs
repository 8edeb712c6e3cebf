namespace StellarPipeline.Archive.Ledgers;

/// <summary>Decompresses files of one format.</summary>
internal interface IDecompressor
{
    /// <summary>Name of the format, for messages.</summary>
    string Name { get; }

    /// <summary>True if the file begins like this format.</summary>
    /// <param name="start">The first bytes of the file, at most 4.</param>
    bool IsFormat(ReadOnlySpan<byte> start);

    /// <summary>Opens the content of a file.</summary>
    /// <param name="stored">The file; closed with the content.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <returns>A stream that throws <see cref="ArchiveException"/>, <see cref="InvalidDataException"/> or
    /// <see cref="EndOfStreamException"/> if the file is damaged or truncated.</returns>
    Stream Open(Stream stored, string file);
}

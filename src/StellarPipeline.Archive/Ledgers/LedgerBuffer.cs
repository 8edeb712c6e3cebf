namespace StellarPipeline.Archive.Ledgers;

/// <summary>Pooled memory with exactly one encoded LedgerCloseMeta.</summary>
/// <remarks>
/// The ledgers of one object share its memory, which returns to the pool when all of them are disposed. One owner at a time.
/// </remarks>
public sealed class LedgerBuffer : IDisposable
{
    private readonly string file;
    private readonly int offset;
    private readonly int length;
    private readonly long contentOffset;
    private LedgerBlock? block;
    private LedgerFileLocation? location;

    /// <summary>Wraps a part of a block and holds the block until it is disposed.</summary>
    internal LedgerBuffer(LedgerBlock block, uint sequence, int offset, int length, string file, long contentOffset)
    {
        this.block = block;
        this.offset = offset;
        this.length = length;
        this.file = file;
        this.contentOffset = contentOffset;
        Sequence = sequence;
    }

    /// <summary>Number of the ledger.</summary>
    public uint Sequence { get; }

    /// <summary>Size of the ledger in bytes.</summary>
    public int Length => length;

    /// <summary>Where the ledger is stored, for messages.</summary>
    public LedgerFileLocation Location => location ??= new LedgerFileLocation(file, contentOffset);

    /// <summary>The encoded ledger.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been disposed.</exception>
    public ReadOnlyMemory<byte> Memory => (block ?? throw new ObjectDisposedException(nameof(LedgerBuffer))).Array.AsMemory(offset, length);

    /// <summary>The encoded ledger.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been disposed.</exception>
    public ReadOnlySpan<byte> Span => (block ?? throw new ObjectDisposedException(nameof(LedgerBuffer))).Array.AsSpan(offset, length);

    /// <summary>The location as text: the buffer itself can be passed as a location for messages.</summary>
    /// <returns>File and offset.</returns>
    public override string ToString() => Location.ToString();

    /// <summary>Returns the memory. Later calls do nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref block, null)?.Release();
}

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Pooled memory with exactly one encoded LedgerCloseMeta.</summary>
/// <remarks>
/// Ledgers of one object share its memory, which goes back to the pool when all of them are disposed. For one owner at a time.
/// </remarks>
public sealed class LedgerBuffer : IDisposable
{
    private readonly string file;
    private readonly int offset;
    private readonly int length;
    private readonly long contentOffset;
    private LedgerBlock? block;
    private LedgerFileLocation? location;

    /// <summary>Gives out a part of a block, which it keeps until it is disposed.</summary>
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

    /// <summary>Bytes of the ledger.</summary>
    public int Length => length;

    /// <summary>Where the ledger lies, for messages.</summary>
    public LedgerFileLocation Location => location ??= new LedgerFileLocation(file, contentOffset);

    /// <summary>The ledger.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public ReadOnlyMemory<byte> Memory => (block ?? throw new ObjectDisposedException(nameof(LedgerBuffer))).Array.AsMemory(offset, length);

    /// <summary>The ledger.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public ReadOnlySpan<byte> Span => (block ?? throw new ObjectDisposedException(nameof(LedgerBuffer))).Array.AsSpan(offset, length);

    /// <summary>The place as text, for messages: the buffer itself can be given as a location.</summary>
    /// <returns>File and offset.</returns>
    public override string ToString() => Location.ToString();

    /// <summary>Gives the memory back. The second call does nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref block, null)?.Release();
}

using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Proves that ledgers follow each other: by number, by the hash of the previous ledger, and by the rules for headers.</summary>
/// <remarks>
/// Ledgers are appended in order. Batches that were verified separately have one chain each and are joined in order, which proves the same
/// as one chain over all ledgers. Each ledger that has an anchor is compared with it. Nothing is allocated per ledger. Do not use the chain
/// after an error. One caller at a time.
/// </remarks>
public sealed class LedgerChain
{
    private readonly IReadOnlyList<LedgerAnchor> anchors;

    // The first header is kept because the rules compare it with the previous ledger's, which may become known later.
    private byte[] firstHeader = [];
    private int firstHeaderBytes;
    private LedgerPredecessor lastValues;

    /// <summary>Creates a chain without ledgers.</summary>
    /// <param name="anchors">Hashes that are known from other sources.</param>
    public LedgerChain(IReadOnlyList<LedgerAnchor>? anchors = null) => this.anchors = anchors ?? [];

    /// <summary>Number of ledgers.</summary>
    public long Count { get; private set; }

    /// <summary>The first ledger; 0 if there is none.</summary>
    public uint First { get; private set; }

    /// <summary>Hash of the first ledger.</summary>
    public Hash256 FirstHash { get; private set; }

    /// <summary>The hash of the previous ledger that the first ledger names.</summary>
    public Hash256 PreviousHash { get; private set; }

    /// <summary>The last ledger; 0 if there is none.</summary>
    public uint Last { get; private set; }

    /// <summary>Hash of the last ledger.</summary>
    public Hash256 LastHash { get; private set; }

    /// <summary>The newest anchor that the chain reached: the ledgers up to it rest on it. Null for none.</summary>
    public LedgerAnchor? Anchor { get; private set; }

    /// <summary>
    /// Number of ledgers with a value that no network would close, but that is not false: before protocol 30, the same close time as the
    /// previous ledger, or an older protocol than it.
    /// </summary>
    public long OddityCount { get; private set; }

    /// <summary>Description of the first of them, as one sentence; null for none.</summary>
    public string? FirstOddity { get; private set; }

    /// <summary>Adds the next ledger.</summary>
    /// <param name="ledger">The ledger, already proved in itself by <see cref="LedgerVerifier"/>.</param>
    /// <param name="location">Where it came from, for messages; a <see cref="LedgerBuffer"/> can be passed.</param>
    /// <exception cref="LedgerException">It does not follow the last ledger, or contradicts an anchor (codes LEDGER_ORDER, LEDGER_CHAIN,
    /// HEADER_VALUE, LEDGER_ANCHOR).</exception>
    public void Append(LedgerView ledger, object? location = null)
    {
        LedgerHeaderEntryView entry = ledger.HeaderEntry();
        LedgerHeaderView header = entry.Header;
        if (Count == 0)
            Begin(entry, location);
        else
            Follow(header, location);
        Compare(header.Sequence, new Hash256(entry.Hash), location);
        Last = header.Sequence;
        LastHash = new Hash256(entry.Hash);
        lastValues = LedgerPredecessor.Of(header);
        Count++;
    }

    /// <summary>Adds the ledgers of another chain, which must follow.</summary>
    /// <param name="next">A chain with the same anchors; it is not changed.</param>
    /// <param name="location">Where its ledgers came from, for messages.</param>
    /// <exception cref="LedgerException">Its first ledger does not follow the last ledger of this chain.</exception>
    public void Join(LedgerChain next, object? location = null)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (next.Count == 0)
            return;
        var reader = new XdrReader(next.firstHeader.AsSpan(0, next.firstHeaderBytes));
        var header = LedgerHeaderView.Read(ref reader);
        if (Count == 0)
            Begin(header, next.FirstHash, location);
        else
            Follow(header, location);
        Last = next.Last;
        LastHash = next.LastHash;
        lastValues = next.lastValues;
        Anchor = next.Anchor ?? Anchor;
        OddityCount += next.OddityCount;
        FirstOddity ??= next.FirstOddity;
        Count += next.Count;
    }

    /// <summary>Removes all ledgers; the anchors stay.</summary>
    public void Clear()
    {
        Count = 0;
        First = Last = 0;
        FirstHash = PreviousHash = LastHash = default;
        Anchor = null;
        OddityCount = 0;
        FirstOddity = null;
    }

    /// <summary>Returns what has been proved, and what the proof rests on.</summary>
    /// <returns>The proof.</returns>
    /// <exception cref="InvalidOperationException">The chain has no ledger.</exception>
    public LedgerProof ToProof() => Count > 0
        ? new LedgerProof(First, FirstHash, PreviousHash, Last, LastHash, Anchor, OddityCount, FirstOddity)
        : throw new InvalidOperationException("A chain without ledgers proves nothing.");

    private void Begin(LedgerHeaderEntryView entry, object? location) => Begin(entry.Header, new Hash256(entry.Hash), location);

    private void Begin(LedgerHeaderView header, Hash256 hash, object? location)
    {
        LedgerHeaderProblem problem = LedgerHeaderRules.Check(header, previous: null);
        if (problem != LedgerHeaderProblem.None)
            LedgerThrow.HeaderValue(header.Sequence, LedgerHeaderRules.Describe(problem, header, null), location);
        First = header.Sequence;
        FirstHash = hash;
        PreviousHash = new Hash256(header.PreviousLedgerHash);
        firstHeaderBytes = header.Encoded.Length;
        if (firstHeader.Length < firstHeaderBytes)
            firstHeader = new byte[firstHeaderBytes];
        header.Encoded.CopyTo(firstHeader);

        // An anchor of the ledger before the first one confirms the start of the chain.
        for (int index = 0; index < anchors.Count; index++)
        {
            LedgerAnchor anchor = anchors[index];
            if (anchor.Ledger + 1UL != First)
                continue;
            if (anchor.Hash != PreviousHash)
                LedgerThrow.AnchorBefore(anchor, First, PreviousHash, location);
            Anchor ??= anchor;
        }
    }

    private void Follow(LedgerHeaderView header, object? location)
    {
        if (header.Sequence != Last + 1UL)
            LedgerThrow.Order(Last, header.Sequence, location);
        var named = new Hash256(header.PreviousLedgerHash);
        if (named != LastHash)
            LedgerThrow.Chain(header.Sequence, named, LastHash, location);
        LedgerHeaderProblem problem = LedgerHeaderRules.Check(header, lastValues);
        if (problem == LedgerHeaderProblem.None)
            return;
        if (problem is not (LedgerHeaderProblem.TimeStandsStill or LedgerHeaderProblem.ProtocolGoesBack))
            LedgerThrow.HeaderValue(header.Sequence, LedgerHeaderRules.Describe(problem, header, lastValues), location);

        // Load tools write such ledgers. Their hashes are right, and nothing is ordered by time or decoded by the previous ledger's
        // protocol.
        OddityCount++;
        FirstOddity ??= LedgerHeaderRules.Describe(problem, header, lastValues);
    }

    private void Compare(uint ledger, Hash256 hash, object? location)
    {
        for (int index = 0; index < anchors.Count; index++)
        {
            LedgerAnchor anchor = anchors[index];
            if (anchor.Ledger != ledger)
                continue;
            if (anchor.Hash != hash)
                LedgerThrow.Anchor(anchor, hash, location);
            Anchor = anchor;
        }
    }
}

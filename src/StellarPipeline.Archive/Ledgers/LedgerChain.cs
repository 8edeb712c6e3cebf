using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>
/// Proves that ledgers follow each other: by number, by the hash that each names of the one before, and by the rules of headers.
/// </summary>
/// <remarks>
/// Ledgers are appended in order. Batches that were worked on apart have a chain each and are joined in order: the proof is the same as
/// that of one chain over all. Anchors are compared with each ledger that they are of. Nothing is allocated per ledger.
/// After an error the chain is of no use. For one caller at a time.
/// </remarks>
public sealed class LedgerChain
{
    private readonly IReadOnlyList<LedgerAnchor> anchors;

    // The first header is kept because the rules look at it and the ledger before together, which may be known later only.
    private byte[] firstHeader = [];
    private int firstHeaderBytes;
    private LedgerPredecessor lastValues;

    /// <summary>Makes a chain without ledgers.</summary>
    /// <param name="anchors">Hashes that are known from elsewhere.</param>
    public LedgerChain(IReadOnlyList<LedgerAnchor>? anchors = null) => this.anchors = anchors ?? [];

    /// <summary>Number of ledgers.</summary>
    public long Count { get; private set; }

    /// <summary>The first ledger; 0 if there is none.</summary>
    public uint First { get; private set; }

    /// <summary>Hash of the first ledger.</summary>
    public Hash256 FirstHash { get; private set; }

    /// <summary>The hash that the first ledger names of the one before it.</summary>
    public Hash256 PreviousHash { get; private set; }

    /// <summary>The last ledger; 0 if there is none.</summary>
    public uint Last { get; private set; }

    /// <summary>Hash of the last ledger.</summary>
    public Hash256 LastHash { get; private set; }

    /// <summary>The newest anchor that was met: the ledgers up to it rest on it. Null if none was.</summary>
    public LedgerAnchor? Anchor { get; private set; }

    /// <summary>Ledgers that no network would agree on, but that say nothing false: they share their close time with the one before in an
    /// old protocol, or have an older protocol than it.</summary>
    public long OddityCount { get; private set; }

    /// <summary>The first of them: one sentence; null if there is none.</summary>
    public string? FirstOddity { get; private set; }

    /// <summary>Adds the next ledger.</summary>
    /// <param name="ledger">The ledger, which <see cref="LedgerVerifier"/> has proved in itself.</param>
    /// <param name="location">Where it came from, for messages; a <see cref="LedgerBuffer"/> tells it too.</param>
    /// <exception cref="LedgerException">It is not the one after the last one, or not the one that an anchor says (codes LEDGER_ORDER,
    /// LEDGER_CHAIN, HEADER_VALUE, LEDGER_ANCHOR).</exception>
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

    /// <summary>Adds the ledgers of another chain, which come next.</summary>
    /// <param name="next">A chain with the same anchors; it is not changed.</param>
    /// <param name="location">Where its ledgers came from, for messages.</param>
    /// <exception cref="LedgerException">Its first ledger is not the one after the last one of this chain.</exception>
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

    /// <summary>Forgets all ledgers; the anchors stay.</summary>
    public void Clear()
    {
        Count = 0;
        First = Last = 0;
        FirstHash = PreviousHash = LastHash = default;
        Anchor = null;
        OddityCount = 0;
        FirstOddity = null;
    }

    /// <summary>Says what the proof of the ledgers rests on.</summary>
    /// <returns>The proof.</returns>
    /// <exception cref="InvalidOperationException">There is no ledger.</exception>
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

        // An anchor just before the first ledger vouches for where the chain begins.
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

        // Load tools make such ledgers. They are true to their hashes, and nothing is ordered by time or decoded by the protocol before.
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

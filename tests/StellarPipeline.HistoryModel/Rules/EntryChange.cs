using StellarPipeline.HistoryModel.Decoding;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>A change with the entry before and after; either side may be missing.</summary>
public sealed record EntryChange(LedgerEntry? Pre, LedgerEntry? Post)
{
    public LedgerEntry Either => Post ?? Pre!;

    public int Type => Either.Type;

    public bool Created => Pre is null;

    public bool Removed => Post is null;

    public T? PreAs<T>()
        where T : class => Pre?.Body as T;

    public T? PostAs<T>()
        where T : class => Post?.Body as T;

    public T? EitherAs<T>()
        where T : class => Either.Body as T;

    /// <summary>Pairs raw changes, then sorts the pairs stably by their keys' XDR.</summary>
    public static List<EntryChange> Pair(List<RawChange> raw)
    {
        List<EntryChange> pairs = [];
        for (int index = 0; index < raw.Count; index++)
        {
            RawChange change = raw[index];
            if (change.Kind == ChangeKind.State) continue;
            bool alone = change.Kind is ChangeKind.Created or ChangeKind.Restored;
            pairs.Add(new(alone ? null : Before(raw, index, change.Entry?.KeyXdr ?? change.Key!.Xdr), change.Entry));
        }

        // OrderBy is stable.
        return [.. pairs.OrderBy(static pair => Convert.ToHexStringLower(pair.Either.KeyXdr), StringComparer.Ordinal)];
    }

    private static LedgerEntry Before(List<RawChange> raw, int index, byte[] key)
    {
        if (index == 0 || raw[index - 1].Kind is not (ChangeKind.State or ChangeKind.Restored))
            throw new ModelStop($"change {index + 1} has no state before it");
        if (!raw[index - 1].Entry!.KeyXdr.AsSpan().SequenceEqual(key))
            throw new ModelStop($"change {index + 1} is of another entry than the state before it");
        return raw[index - 1].Entry!;
    }
}

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Pairs of account number and id. They are added in the order of ids and returned in the order of accounts.</summary>
internal sealed class LinkList
{
    private const int CapacityStart = 2048;

    private Link[] links = new Link[CapacityStart];
    private int[] sorted = new int[CapacityStart];
    private int[] starts = new int[CapacityStart];

    public int Count { get; private set; }

    public void Clear() => Count = 0;

    public void Add(int account, long id)
    {
        if (Count == links.Length) Array.Resize(ref links, 2 * Count);
        links[Count++] = new Link(account, id);
    }

    public int Account(int link) => links[link].Account;

    public long Id(int link) => links[link].Id;

    /// <summary>The links in the order of their accounts' ranks; links of one account keep their order. A counting sort.</summary>
    /// <param name="rankOf">The rank of each account number.</param>
    public ReadOnlySpan<int> InOrderOf(ReadOnlySpan<int> rankOf)
    {
        if (sorted.Length < Count) sorted = new int[links.Length];
        if (starts.Length < rankOf.Length + 1) starts = new int[2 * rankOf.Length];
        Span<int> next = starts.AsSpan(0, rankOf.Length + 1);
        next.Clear();
        for (int link = 0; link < Count; link++) next[rankOf[links[link].Account] + 1]++;
        for (int rank = 1; rank < next.Length; rank++) next[rank] += next[rank - 1];
        for (int link = 0; link < Count; link++) sorted[next[rankOf[links[link].Account]]++] = link;
        return sorted.AsSpan(0, Count);
    }

    private readonly record struct Link(int Account, long Id);
}

using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>
/// All authorized calls of an operation, entry by entry, in each tree parents before children: a sequence for <c>foreach</c>.
/// </summary>
/// <remarks>
/// Format: <c>SorobanAuthorizationEntry</c> and <c>SorobanAuthorizedInvocation</c> in Stellar-transaction.x, which have the same order.
/// </remarks>
public ref struct AuthorizedNodes
{
    private readonly ReadOnlySpan<byte> bytes;
    private int offset;
    private int entriesLeft;
    private long nodesLeft;
    private int credentials;
    private int function;

    internal AuthorizedNodes(ReadOnlySpan<byte> bytes, int entries)
    {
        this.bytes = bytes;
        entriesLeft = entries;
    }

    /// <summary>The current node.</summary>
    public readonly AuthorizedNodeView Current => new(bytes, credentials, function);

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly AuthorizedNodes GetEnumerator() => this;

    /// <summary>Advances to the next node.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (nodesLeft == 0 && entriesLeft == 0)
            return false;
        var reader = new XdrReader(bytes);
        reader.Skip(offset, "SorobanAuthorizationEntry");
        credentials = -1;
        if (nodesLeft == 0)
        {
            entriesLeft--;
            nodesLeft = 1;
            credentials = offset;
            HostFunctionWalk.ReadCredentials(ref reader);
        }

        function = reader.Position;
        HostFunctionWalk.ReadFunction(ref reader);
        nodesLeft += reader.ReadInt32("SorobanAuthorizedInvocation.subInvocations") - 1;
        offset = reader.Position;
        return true;
    }
}

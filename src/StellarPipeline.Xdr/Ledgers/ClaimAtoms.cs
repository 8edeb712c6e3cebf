using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The trades that an operation made, in order: a sequence for <c>foreach</c>.</summary>
public ref struct ClaimAtoms
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> current;
    private int left;

    internal ClaimAtoms(ReadOnlySpan<byte> bytes, int count)
    {
        rest = bytes;
        left = count;
    }

    /// <summary>The current trade.</summary>
    public readonly ClaimAtomView Current => new(current);

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly ClaimAtoms GetEnumerator() => this;

    /// <summary>Advances to the next trade.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        var reader = new XdrReader(rest);
        ResultWalk.ReadAtom(ref reader);
        current = rest[..reader.Position];
        rest = rest[reader.Position..];
        return true;
    }
}

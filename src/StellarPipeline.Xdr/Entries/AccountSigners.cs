namespace StellarPipeline.Xdr.Entries;

/// <summary>The additional signers of an account: a sequence for <c>foreach</c>.</summary>
public ref struct AccountSigners
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> current;
    private int left;

    internal AccountSigners(ReadOnlySpan<byte> bytes, int count)
    {
        rest = bytes;
        left = count;
    }

    /// <summary>The current signer.</summary>
    public readonly SignerView Current => new(current);

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly AccountSigners GetEnumerator() => this;

    /// <summary>Advances to the next signer.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        int length = SignerView.Measure(rest);
        current = rest[..length];
        rest = rest[length..];
        return true;
    }
}

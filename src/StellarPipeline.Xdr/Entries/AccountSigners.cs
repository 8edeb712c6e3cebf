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

    /// <summary>The signer that the last <see cref="MoveNext"/> went to.</summary>
    public readonly SignerView Current => new(current);

    /// <summary>Starts from where this sequence stands.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly AccountSigners GetEnumerator() => this;

    /// <summary>Goes to the next signer.</summary>
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

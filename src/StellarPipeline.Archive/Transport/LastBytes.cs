namespace StellarPipeline.Archive.Transport;

/// <summary>Keeps the last bytes that were given of a file, to compare them with what is given again.</summary>
/// <param name="capacity">Most bytes that are kept.</param>
internal sealed class LastBytes(int capacity)
{
    private readonly byte[] bytes = new byte[capacity];
    private int count;

    /// <summary>Takes bytes that were given.</summary>
    public void Append(ReadOnlySpan<byte> given)
    {
        if (given.Length >= bytes.Length)
        {
            given[^bytes.Length..].CopyTo(bytes);
            count = bytes.Length;
            return;
        }

        bytes.AsSpan(given.Length).CopyTo(bytes);
        given.CopyTo(bytes.AsSpan(bytes.Length - given.Length));
        count = Math.Min(bytes.Length, count + given.Length);
    }

    /// <summary>The last bytes, or fewer where fewer are kept.</summary>
    /// <param name="most">How many are wanted.</param>
    public ReadOnlyMemory<byte> Last(long most) => bytes.AsMemory(bytes.Length - (int)Math.Min(most, count));
}

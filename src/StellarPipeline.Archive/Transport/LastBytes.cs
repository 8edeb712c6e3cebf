namespace StellarPipeline.Archive.Transport;

/// <summary>Keeps the last bytes that were read from a file, to compare them with the bytes of another read.</summary>
/// <param name="capacity">Maximum number of bytes kept.</param>
internal sealed class LastBytes(int capacity)
{
    private readonly byte[] bytes = new byte[capacity];
    private int count;

    /// <summary>Adds bytes that were read.</summary>
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

    /// <summary>The last bytes, or fewer if fewer are kept.</summary>
    /// <param name="most">Number of bytes wanted.</param>
    public ReadOnlyMemory<byte> Last(long most) => bytes.AsMemory(bytes.Length - (int)Math.Min(most, count));
}

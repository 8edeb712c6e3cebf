namespace StellarPipeline.Postgres.Rows;

/// <summary>Where the content of a field lies in its page.</summary>
/// <param name="Offset">Of the first byte of the content, from the start of the page.</param>
/// <param name="Length">In bytes; -1 for NULL.</param>
public readonly record struct RowField(int Offset, int Length)
{
    /// <summary>True for NULL, which is not the same as no bytes.</summary>
    public bool IsNull => Length < 0;
}

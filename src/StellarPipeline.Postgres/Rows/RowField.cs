namespace StellarPipeline.Postgres.Rows;

/// <summary>The position of a field's content in its page.</summary>
/// <param name="Offset">Offset of the first byte of the content from the start of the page, in bytes.</param>
/// <param name="Length">Length of the content, in bytes; -1 for NULL.</param>
public readonly record struct RowField(int Offset, int Length)
{
    /// <summary>True for NULL; an empty value is not NULL.</summary>
    public bool IsNull => Length < 0;
}

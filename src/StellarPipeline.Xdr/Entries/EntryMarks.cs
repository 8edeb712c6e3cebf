namespace StellarPipeline.Xdr.Entries;

/// <summary>
/// Offsets that the check of an entry has found, so that a view need not search again. The entry's type decides what each mark means.
/// </summary>
internal struct EntryMarks
{
    /// <summary>Offset of the first part with a variable position: bytes from the start of the entry.</summary>
    public int First;

    /// <summary>Offset of the second part with a variable position.</summary>
    public int Second;

    /// <summary>Offset of the third part with a variable position.</summary>
    public int Third;

    /// <summary>Offset of the fourth part with a variable position.</summary>
    public int Fourth;

    /// <summary>Number of nested extensions in the entry's body.</summary>
    public int ExtensionLevel;

    /// <summary>Offset of the entry's own extension: the end of its body.</summary>
    public int End;
}

namespace StellarPipeline.Xdr.Entries;

/// <summary>
/// What the check of an entry found out about it, so that a view need not look again. The entry's type decides what each mark means.
/// </summary>
internal struct EntryMarks
{
    /// <summary>Offset of the first part of variable place: bytes from the start of the entry.</summary>
    public int First;

    /// <summary>Offset of the second part of variable place.</summary>
    public int Second;

    /// <summary>Offset of the third part of variable place.</summary>
    public int Third;

    /// <summary>Offset of the fourth part of variable place.</summary>
    public int Fourth;

    /// <summary>How many nested extensions the entry's body has.</summary>
    public int ExtensionLevel;

    /// <summary>Offset of the entry's own extension: the end of its body.</summary>
    public int End;
}

namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>A place in a list: the key of a row. Its text form is opaque to whoever keeps it.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IPageCursor<TSelf>
    where TSelf : struct, IPageCursor<TSelf>
{
    /// <summary>Marks texts of this kind, so that none is taken for another.</summary>
    static abstract byte Mark { get; }

    /// <summary>How many numbers a key has.</summary>
    static abstract int Width { get; }

    /// <summary>The key; times in microseconds since 1970.</summary>
    IReadOnlyList<long> Key { get; }

    /// <summary>Makes a place of a key.</summary>
    /// <param name="key">As many numbers as <see cref="Width"/> says.</param>
    /// <returns>The place.</returns>
    static abstract TSelf FromKey(IReadOnlyList<long> key);
}

namespace StellarPipeline.Stellar.Queries.Pages;

/// <summary>A place in a list: the key of a row. Its text form is opaque to clients.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IPageCursor<TSelf>
    where TSelf : struct, IPageCursor<TSelf>
{
    /// <summary>First byte of texts of this kind, so that a cursor of another kind is rejected.</summary>
    static abstract byte Mark { get; }

    /// <summary>How many numbers the key has.</summary>
    static abstract int Width { get; }

    /// <summary>The key; times in microseconds since 1970.</summary>
    IReadOnlyList<long> Key { get; }

    /// <summary>Creates a cursor from a key.</summary>
    /// <param name="key"><see cref="Width"/> numbers.</param>
    /// <returns>The place.</returns>
    static abstract TSelf FromKey(IReadOnlyList<long> key);
}

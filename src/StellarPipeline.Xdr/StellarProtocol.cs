namespace StellarPipeline.Xdr;

/// <summary>One protocol version of the network, see <see cref="StellarProtocols"/>.</summary>
/// <param name="Number">Its number, as headers say it.</param>
/// <param name="Name">Its name; null where it has none or none was found. The network names its protocols since 23.</param>
/// <param name="Change">What it changed for somebody who reads headers, buckets and entries; "Nothing." if it changed only what
/// transactions do.</param>
/// <param name="Source">Where that is specified; empty if nothing changed.</param>
public sealed record StellarProtocol(uint Number, string? Name, string Change, string Source)
{
    /// <summary>Number and name, for messages: "30 (Bell)".</summary>
    public override string ToString() =>
        Name is null ? FormattableString.Invariant($"{Number}") : FormattableString.Invariant($"{Number} ({Name})");
}

using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Entries;

/// <summary>One claimant of a claimable balance.</summary>
/// <param name="Destination">The claimant's public key, 32 bytes.</param>
/// <param name="Predicate">An encoded ClaimPredicate, see <see cref="ClaimPredicateXdr"/>.</param>
internal readonly record struct Claimant(ReadOnlyMemory<byte> Destination, ReadOnlyMemory<byte> Predicate);

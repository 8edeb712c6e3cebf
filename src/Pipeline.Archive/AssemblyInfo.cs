using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Pipeline.Archive.Tests")]
[assembly: InternalsVisibleTo("Pipeline.Benchmarks")]
[assembly: InternalsVisibleTo("Pipeline.Fuzz.Tests")]
[assembly: InternalsVisibleTo("Pipeline.LoadTest")]

# What doxygen is shown of a header: our comments are plain, // above and behind what they speak of.
1s|^// |/// \\file\n/// |
s|^\( *\)//\( .*\)*$|\1///\2|
s|^}  // namespace .*|}|
s|\([;,{}]\)  *// \(.*\)$|\1  ///< \2|
/^ *\/\/\//s|<|\&lt;|g
